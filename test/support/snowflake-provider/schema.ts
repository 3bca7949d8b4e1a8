/** The published schema of the Snowflake provider, as far as the stand-in reads it. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ */
export interface PropertySpec {
  type?: string;
  $ref?: string;
  items?: PropertySpec;
  additionalProperties?: PropertySpec;
  description?: string;
  willReplaceOnChanges?: boolean;
  replaceOnChanges?: boolean;
  secret?: boolean;
}

export interface ObjectSpec {
  properties: Record<string, PropertySpec>;
  required?: string[];
}

export interface ResourceSpec extends ObjectSpec {
  description?: string;
  inputProperties: Record<string, PropertySpec>;
  requiredInputs?: string[];
}

export interface ProviderSchema {
  provider: ResourceSpec;
  resources: Record<string, ResourceSpec>;
  types: Record<string, ObjectSpec>;
}

/** Reads it from a file of JSON, packed with gzip or not. */
export function readSchema(path: string): ProviderSchema {
  const bytes = readFileSync(path);
  const json = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return JSON.parse(json.toString("utf8")) as ProviderSchema;
}

/** What a property holds, where it is a type with properties of its own. */
export function objectOf({ types }: ProviderSchema, spec: PropertySpec): ObjectSpec | undefined {
  return spec.$ref === undefined ? undefined : types[decodeURIComponent(spec.$ref.replace("#/types/", ""))];
}

/**
 * Whether another value means another resource: the schema marks it, or, where it forgot to (`execute`), says so.
 */
export function isReplacing(spec: PropertySpec): boolean {
  return Boolean(
    spec.willReplaceOnChanges ||
      spec.replaceOnChanges ||
      /forces recreation of resource on change/i.test(spec.description ?? ""),
  );
}

/** The Terraform name that preview flags are made of: `snowflake:index/accountRole:AccountRole` is `snowflake_account_role`. */
export function terraformName(type: string): string {
  const name = type.replace(/^.*\/(\w+):\w+$/, "$1");
  return `snowflake_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
