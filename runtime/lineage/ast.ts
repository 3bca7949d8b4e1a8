/**
 * How the parser's tree is read. An expression is an object of one key, its kind: `{ upper: { this: ... } }`;
 * that key's value holds fields, which hold expressions, lists of them, or plain values.
 *
 * @see node_modules/@polyglot-sql/sdk/dist/index.d.ts, type Expression
 */

export type Fields = Record<string, unknown>;

/** The kind and the fields of an expression; undefined for anything else. */
export function expression(node: unknown): { kind: string; fields: Fields } | undefined {
  if (!isFields(node)) return undefined;
  const keys = Object.keys(node);
  const [kind] = keys;
  const fields = kind === undefined ? undefined : node[kind];
  return keys.length === 1 && kind !== undefined && isFields(fields) ? { kind, fields } : undefined;
}

export function isFields(node: unknown): node is Fields {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}

export function list(node: unknown): unknown[] {
  return Array.isArray(node) ? node : [];
}

/** The text of an identifier, which is `{ name }` or a plain string; undefined where there is none. */
export function nameOf(identifier: unknown): string | undefined {
  if (typeof identifier === "string") return identifier;
  if (!isFields(identifier)) return undefined;
  return typeof identifier.name === "string" ? identifier.name : undefined;
}

export function namesOf(identifiers: unknown): string[] {
  return list(identifiers).flatMap((each) => nameOf(each) ?? []);
}

/** What stands within parentheses, comments and the like. */
export function bare(node: unknown): unknown {
  const found = expression(node);
  return found && (found.kind === "paren" || found.kind === "annotated") ? bare(found.fields.this) : node;
}

/** `a.b.c` as ["a", "b", "c"]; undefined where it is not made of names alone. */
export function path(node: unknown): string[] | undefined {
  const found = expression(node);
  if (found?.kind === "column") {
    const name = nameOf(found.fields.name);
    const table = nameOf(found.fields.table);
    if (name === undefined) return undefined;
    return table === undefined ? [name] : [table, name];
  }
  if (found?.kind !== "dot") return undefined;
  const field = nameOf(found.fields.field);
  const before = path(found.fields.this);
  return field === undefined || !before ? undefined : [...before, field];
}

/** The names of a table, outermost first: database, schema, table. */
export function tablePath(table: Fields): string[] {
  return [table.catalog, table.schema, table.name].flatMap((each) => nameOf(each) ?? []);
}

/** Every table a tree reads, but for names of its own CTEs. */
export function tablesIn(tree: unknown): string[][] {
  const tables: string[][] = [];
  const ctes = new Set<string | undefined>();
  walk(tree);
  return tables.filter((path) => path.length > 1 || !ctes.has(path[0]?.toLowerCase()));

  function walk(node: unknown): void {
    if (Array.isArray(node)) {
      for (const each of node) walk(each);
      return;
    }
    if (!isFields(node)) return;
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (typeof value !== "object" || value === null) continue;
      if (key === "table" && isFields(value) && isFields(value.name)) tables.push(tablePath(value));
      if (key === "ctes")
        for (const cte of list(value)) ctes.add(isFields(cte) ? nameOf(cte.alias)?.toLowerCase() : undefined);
      walk(value);
    }
  }
}
