/**
 * What a resource needs to be there when it is made: Snowflake refuses a schema whose database does not exist yet,
 * so a plan that names things by text must also say what comes first.
 */
import { bareName } from "./ids.ts";
import { given, isObject, type Json, type Properties, text } from "./values.ts";

/** Roles that every account has, and the one that the first administrator makes for Pulumi. */
const always = new Set(
  ["ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN", "USERADMIN", "ORGADMIN", "PUBLIC", "FIRN_DEPLOYER"].map(
    (name) => `ROLE ${name}`,
  ),
);

/** Those that are missing, in Snowflake's words. */
export function missingReferences(type: string, inputs: Properties, there: ReadonlySet<string>): string[] {
  return referencesOf(type, inputs)
    .filter((reference) => !there.has(reference) && !always.has(reference))
    .map((reference) => {
      const [, kind = "", name = ""] = /^([A-Z ]+) (.*)$/.exec(reference) ?? [];
      return `002003 (02000): SQL compilation error: ${kind.charAt(0)}${kind.slice(1).toLowerCase()} '${name}' does not exist or not authorized.`;
    });
}

export function referencesOf(type: string, inputs: Properties): string[] {
  const kind = type.replace(/^.*:/, "");
  const named = (what: string, value: Json | undefined) =>
    typeof value === "string" && value !== "" ? [`${what} ${bareName(value)}`] : [];
  return [
    ...(kind === "Database" ? [] : named("DATABASE", inputs.database)),
    ...(inputs.database !== undefined && inputs.schema !== undefined
      ? named("SCHEMA", `${text(inputs.database)}.${text(inputs.schema)}`)
      : []),
    ...named("WAREHOUSE", inputs.warehouse),
    ...named("RESOURCE MONITOR", inputs.resourceMonitor),
    ...named("INTEGRATION", inputs.storageIntegration),
    ...[inputs.accountRoleName, inputs.roleName, inputs.parentRoleName].flatMap((role) =>
      named("ROLE", role),
    ),
    ...named("USER", inputs.userName),
    ...(isObject(inputs.onAccountObject) ? object(inputs.onAccountObject) : []),
    ...(isObject(inputs.onSchema) ? schema(inputs.onSchema) : []),
    ...(isObject(inputs.onSchemaObject) ? schemaObject(inputs.onSchemaObject) : []),
    ...(isObject(inputs.on) ? [...object(inputs.on), ...schemaObject(inputs.on)] : []),
  ];

  function object(on: Properties): string[] {
    return on.objectType === undefined ? [] : named(text(on.objectType), on.objectName);
  }
  function schema(on: Properties): string[] {
    return [
      ...named("SCHEMA", on.schemaName),
      ...named("DATABASE", on.allSchemasInDatabase),
      ...named("DATABASE", on.futureSchemasInDatabase),
    ];
  }
  function schemaObject(on: Properties): string[] {
    return [
      ...(on === inputs.on ? [] : object(on)),
      ...[on.all, on.future].flatMap((scope) => {
        if (!isObject(scope)) return [];
        const { inDatabase, inSchema } = given(scope);
        return [...named("DATABASE", inDatabase), ...named("SCHEMA", inSchema)];
      }),
    ];
  }
}
