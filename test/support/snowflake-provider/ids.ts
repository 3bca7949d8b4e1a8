/** The ids that the provider gives, as its import instructions write them. */
import { createHash } from "node:crypto";
import { given, isObject, type Json, type Properties, text } from "./values.ts";

/** `"DATABASE"."SCHEMA"`; a part that is quoted already stays as it is. */
export function quoted(...parts: (Json | undefined)[]): string {
  return parts
    .map(text)
    .map((part) => (part.startsWith('"') ? part : `"${part}"`))
    .join(".");
}

/** The same name without quotes, to compare by: `"A"."B"` and `A.B` are one. */
export function bareName(name: string): string {
  return name.replaceAll('"', "");
}

/** The id of a resource made from these inputs. `urn` tells apart what has no name, such as two statements. */
export function idOf(type: string, inputs: Properties, urn: string): string {
  const kind = type.replace(/^.*:/, "");
  const { name, database, schema } = inputs;
  switch (kind) {
    case "Execute":
      return uuidOf(`${urn} ${text(inputs.execute)}`);
    case "GrantPrivilegesToAccountRole":
      return privilegesId(inputs);
    case "GrantAccountRole":
      return inputs.userName === undefined
        ? `${quoted(inputs.roleName)}|ROLE|${quoted(inputs.parentRoleName)}`
        : `${quoted(inputs.roleName)}|USER|${quoted(inputs.userName)}`;
    case "GrantOwnership":
      return `ToAccountRole|${quoted(inputs.accountRoleName ?? inputs.databaseRoleName)}|${text(inputs.outboundPrivileges)}|${flat(inputs.on)}`;
    case "TagAssociation":
      return `${text(inputs.tagId)}|${text(inputs.tagValue)}|${text(inputs.objectType)}`;
    case "StorageIntegration":
    case "NotificationIntegration":
      return text(name);
    case "Stage":
    case "Table":
    case "Pipe":
    case "FileFormat":
      return [database, schema, name].map(text).join("|");
    case "TableColumnMaskingPolicyApplication":
      return `${text(inputs.table)}.${quoted(inputs.column)}`;
  }
  if (name === undefined) throw new Error(`the stand-in knows no id for ${type}: add one to ids.ts`);
  return quoted(...[database, schema, name].filter((part) => part !== undefined));
}

/** @see https://github.com/snowflakedb/terraform-provider-snowflake/blob/v1.2.1/docs/resources/grant_privileges_to_account_role.md */
function privilegesId(inputs: Properties): string {
  const privileges = inputs.allPrivileges ? "ALL" : (inputs.privileges as string[]).toSorted().join(",");
  const on = inputs.onAccount
    ? "OnAccount"
    : (["onAccountObject", "onSchema", "onSchemaObject"] as const)
        .filter((name) => inputs[name] !== undefined)
        .map((name) => `${name.replace(/^o/, "O")}|${flat(inputs[name])}`)
        .join("|");
  const flags = [inputs.withGrantOption ?? false, inputs.alwaysApply ?? false].map(text);
  return [quoted(inputs.accountRoleName), ...flags, privileges, on].join("|");
}

function flat(value: Json | undefined): string {
  if (!isObject(value)) return text(value);
  return Object.entries(given(value))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, each]) => `${name}=${flat(each)}`)
    .join("|");
}

/** A UUID made of the words it stands for: the provider's own are random, which a test could not follow. */
function uuidOf(words: string): string {
  return createHash("sha256")
    .update(words)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}
