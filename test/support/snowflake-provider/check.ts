/** Judges inputs as the published schema describes them: what is required, known, of which type, of which values. */
import {
  objectOf,
  type PropertySpec,
  type ProviderSchema,
  type ResourceSpec,
  terraformName,
} from "./schema.ts";
import { bareAll, given, isObject, isUnknown, type Json, type Properties, unknown } from "./values.ts";

export interface Failure {
  property: string;
  reason: string;
}

/** Resources that the provider only makes where its `previewFeaturesEnabled` names them. @see https://github.com/snowflakedb/terraform-provider-snowflake/blob/v1.2.1/docs/index.md */
const previewed = new Set(
  (
    "account_authentication_policy_attachment account_password_policy_attachment alert api_integration " +
    "authentication_policy cortex_search_service dynamic_table external_function external_table external_volume " +
    "failover_group file_format function_java function_javascript function_python function_scala function_sql " +
    "managed_account materialized_view network_policy_attachment network_rule email_notification_integration " +
    "notification_integration object_parameter password_policy pipe procedure_java procedure_javascript " +
    "procedure_python procedure_scala procedure_sql sequence share stage storage_integration " +
    "table_column_masking_policy_application table_constraint table user_authentication_policy_attachment " +
    "user_public_keys user_password_policy_attachment"
  )
    .split(" ")
    .map((name) => `snowflake_${name}`),
);

/** Sets of which one must be given and no more, which Terraform's schema has and Pulumi's leaves out. */
const exclusive: Record<string, string[][]> = {
  "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole": [
    ["onAccount", "onAccountObject", "onSchema", "onSchemaObject"],
    ["privileges", "allPrivileges"],
  ],
  "snowflake:index/grantAccountRole:GrantAccountRole": [["parentRoleName", "userName"]],
  "snowflake:index/grantOwnership:GrantOwnership": [["accountRoleName", "databaseRoleName"]],
};

/** Every reason to refuse a resource; empty for none. Unknown values are let through: the next check knows them. */
export function checkResource(
  schema: ProviderSchema,
  type: string,
  inputs: Properties,
  previewFeatures: readonly string[],
): Failure[] {
  const spec = schema.resources[type];
  if (!spec) return [{ property: "", reason: `the schema has no resource ${type}` }];
  const feature = terraformName(type);
  const flag = `${feature}_resource`;
  const plain = given(bareAll(inputs));
  return [
    ...(previewed.has(feature) && !previewFeatures.includes(flag)
      ? [
          {
            property: "",
            reason: `${flag} is currently a preview feature, and must be enabled by adding ${flag} to previewFeaturesEnabled of the provider`,
          },
        ]
      : []),
    ...checkInputs(schema, spec, plain),
    ...(exclusive[type] ?? []).flatMap((names) => {
      const found = names.filter((name) => plain[name] !== undefined && plain[name] !== false);
      return found.length === 1
        ? []
        : [
            {
              property: names[0] ?? "",
              reason: `one of ${names.join(", ")} must be given, and ${found.length} are`,
            },
          ];
    }),
  ];
}

/** The same for the provider's own configuration, whose values come as JSON where they are not strings. */
export function checkConfig(schema: ProviderSchema, config: Properties): Failure[] {
  return checkInputs(schema, schema.provider, parsedConfig(schema, config));
}

export function parsedConfig(schema: ProviderSchema, config: Properties): Properties {
  return Object.fromEntries(
    Object.entries(given(bareAll(config)))
      .filter(([name]) => name !== "version")
      .map(([name, value]) => {
        const spec = schema.provider.inputProperties[name];
        const isText = typeof value === "string" && value !== unknown;
        return [name, spec && spec.type !== "string" && isText ? (JSON.parse(value) as Json) : value];
      }),
  );
}

function checkInputs(schema: ProviderSchema, spec: ResourceSpec, inputs: Properties): Failure[] {
  return checkObject(
    schema,
    { properties: spec.inputProperties, required: spec.requiredInputs ?? [] },
    given(inputs),
    "",
  );
}

function checkObject(
  schema: ProviderSchema,
  { properties, required = [] }: { properties: Record<string, PropertySpec>; required?: string[] },
  value: Properties,
  path: string,
): Failure[] {
  return [
    ...required
      .filter((name) => value[name] === undefined)
      .map((name) => ({ property: path + name, reason: "is required, and was not given" })),
    ...Object.entries(value).flatMap(([name, each]) => {
      const spec = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return spec
        ? checkValue(schema, spec, each, path + name)
        : [{ property: path + name, reason: "is no property the provider knows" }];
    }),
  ];
}

function checkValue(schema: ProviderSchema, spec: PropertySpec, value: Json, property: string): Failure[] {
  if (value === unknown) return [];
  const object = objectOf(schema, spec);
  if (object) {
    return isObject(value)
      ? checkObject(schema, object, given(value), `${property}.`)
      : [{ property, reason: `must be an object, and is ${told(value)}` }];
  }
  if (spec.type === "array") {
    return Array.isArray(value)
      ? value
          .flatMap((each, i) => checkValue(schema, spec.items ?? {}, each, `${property}[${i}]`))
          .concat(value.flatMap((each) => checkAllowed(spec, each, property)))
      : [{ property, reason: `must be an array, and is ${told(value)}` }];
  }
  if (spec.type === "object") {
    return isObject(value)
      ? Object.entries(value).flatMap(([key, each]) =>
          checkValue(schema, spec.additionalProperties ?? {}, each, `${property}.${key}`),
        )
      : [{ property, reason: `must be an object, and is ${told(value)}` }];
  }
  const isRight =
    spec.type === "integer" ? Number.isInteger(value) : spec.type === undefined || typeof value === spec.type;
  if (!isRight) return [{ property, reason: `must be of type ${spec.type}, and is ${told(value)}` }];
  return checkAllowed(spec, value, property);
}

/** Holds a value to those that the property's description lists. */
function checkAllowed(spec: PropertySpec, value: Json, property: string): Failure[] {
  const { values, ignoresCase } = allowedValues(spec.description ?? "");
  if (values.length === 0 || typeof value !== "string" || isUnknown(value)) return [];
  const isSame = (one: string) => (ignoresCase ? one.toUpperCase() === value.toUpperCase() : one === value);
  return values.some(isSame)
    ? []
    : [{ property, reason: `expected one of ${values.join(", ")}, and is "${value}"` }];
}

/**
 * The values that a description says are valid; none where it lists none. The published text writes `*` for `_`
 * in lists in brackets.
 */
export function allowedValues(description: string): { values: string[]; ignoresCase: boolean } {
  const found = /(?:Valid|Available) (?:values|options)(?: are)?( \(case-insensitive\))?:?\s+(.*)/is.exec(
    description,
  );
  const list = found?.[2] ?? "";
  const ignoresCase = found?.[1] !== undefined;
  const ticked = /^`[^`]+`(?:\s*\|\s*`[^`]+`)+/.exec(list)?.[0];
  if (ticked) return { values: [...ticked.matchAll(/`([^`]+)`/g)].map(([, one = ""]) => one), ignoresCase };
  const bracketed = /^\[([A-Z*_ ]+)\]/.exec(list)?.[1];
  if (bracketed) return { values: bracketed.replaceAll("*", "_").split(" "), ignoresCase };
  const quoted = /^"[^"]+"(?:(?:,| or) "[^"]+")+/.exec(list)?.[0];
  if (quoted) return { values: [...quoted.matchAll(/"([^"]+)"/g)].map(([, one = ""]) => one), ignoresCase };
  const worded = /^([A-Z*_]+) (?:for [^.]*?)?and ([A-Z*_]+)\b/.exec(list);
  if (worded)
    return { values: [worded[1] ?? "", worded[2] ?? ""].map((one) => one.replaceAll("*", "_")), ignoresCase };
  return { values: [], ignoresCase };
}

function told(value: Json): string {
  return Array.isArray(value)
    ? "an array"
    : isObject(value)
      ? "an object"
      : `${typeof value} ${JSON.stringify(value)}`;
}
