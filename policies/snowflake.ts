/** Grants of Snowflake as rules read them. */
import { at, known, ofType, type Props, type Resource, type Stack, strings } from "./resource.ts";

export const grantTypes = [
  "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole",
  "snowflake:index/grantAccountRole:GrantAccountRole",
  "snowflake:index/grantOwnership:GrantOwnership",
] as const;
export const [privilegeGrant, roleGrant, ownershipGrant] = grantTypes;

/** What a grant is on: the parts of its name, with the kind Snowflake gives it. */
export interface Target {
  kind: string;
  /** `[database, schema, object]`, as many as there are; of what is no part of a database, one. */
  name: string[];
  /** All there are, or will be, of a kind, in what `name` names. */
  many: boolean;
}

/** The parts of a name, without quotes; what is not quoted is upper case. */
export function partsOfName(name: unknown): string[] {
  return [...String(name).matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? (plain ?? "").toUpperCase(),
  );
}

/** What a grant of privileges or of ownership is on; undefined for the account. */
export function targetOf(props: Props): Target | undefined {
  const account = at(props, "onAccountObject");
  if (account.objectName) return target(String(account.objectType), account.objectName, false);
  const schema = at(props, "onSchema");
  if (schema.schemaName) return target("SCHEMA", schema.schemaName, false);
  const schemas = schema.allSchemasInDatabase ?? schema.futureSchemasInDatabase;
  if (schemas) return target("SCHEMA", schemas, true);
  for (const on of [at(props, "onSchemaObject"), at(props, "on")]) {
    if (on.objectName) return target(String(on.objectType), on.objectName, false);
    for (const each of [at(on, "all"), at(on, "future")]) {
      const within = each.inSchema ?? each.inDatabase;
      if (within) return target(String(each.objectTypePlural), within, true);
    }
  }
  return undefined;
}

function target(kind: string, name: unknown, many: boolean): Target {
  return { kind: kind.toUpperCase(), name: partsOfName(name), many };
}

export function privilegesOf(props: Props): string[] {
  return strings(props.privileges).map((each) => each.toUpperCase());
}

/** A resource of Snowflake by its type and the first part of a name. */
export function namedIn(stack: Stack, types: readonly string[], name: string): Resource | undefined {
  return ofType(stack, ...types).find(({ props }) => partsOfName(known(() => props.name))[0] === name);
}
