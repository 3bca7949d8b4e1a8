/** Values as they cross the wire between engine and provider. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Properties = Record<string, Json>;

/** Stands where a preview cannot know a value yet. @see https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/types.html */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export function secret(value: Json): Json {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

export function isSecret(value: Json | undefined): value is { value: Json } {
  return isObject(value) && value[signature] === secretSignature;
}

/** Without the marks of secrets, however deep. */
export function bare(value: Json): Json {
  if (isSecret(value)) return bare(value.value);
  if (Array.isArray(value)) return value.map(bare);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bare(each)]));
}

export function bareAll(properties: Properties): Properties {
  return bare(properties) as Properties;
}

/** What was given: a property that is null or undefined was not. */
export function given(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([name, value]) => !name.startsWith("__") && value !== null && value !== undefined,
    ),
  );
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether something in it is not known yet. */
export function isUnknown(value: Json): boolean {
  if (Array.isArray(value)) return value.some(isUnknown);
  return isObject(value) ? Object.values(value).some(isUnknown) : value === unknown;
}

/** The value as text, for ids; "" where it was not given. */
export function text(value: Json | undefined): string {
  return value === undefined || value === null
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}
