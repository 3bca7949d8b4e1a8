/** The statements by which DuckDB reads deliveries and writes Parquet. Pure. */
import type { LandedColumn } from "#core/batch";
import type { Shape } from "./rows.ts";

/** Where a statement's JSON comes from. */
export interface JsonInput {
  files: readonly string[];
  format: "array" | "newline_delimited";
  recordBytesMax: number;
  gzip: boolean;
  /** Whether a text may begin with a bracket or brace, and so look like JSON. */
  bracketedText: boolean;
}

/**
 * The cheapest way, for pages in which every record has the first one's fields in the first one's order,
 * which are the declared ones: columns by position, nothing kept beside. Any other record fails the statement.
 *
 * A JSON column's text is that of the value only if it is an array or an object: DuckDB gives a string
 * without its quotes. So anything else fails the statement, and the caller sees to it that no text looks so.
 */
export function selectUniform(maps: string, { kept }: Shape, order: readonly string[]): string {
  const values = kept.map(({ from }) => `list_extract(map_values(m), ${order.indexOf(from) + 1})`);
  const columns = kept.map(({ name }, at) => `${values[at]} AS ${identifier(name)}`);
  const nested = kept.flatMap(({ json }, at) =>
    json
      ? [`(${values[at]} IS NULL OR starts_with(${values[at]}, '{') OR starts_with(${values[at]}, '['))`]
      : [],
  );
  // DuckDB writes real numbers and nested values its own way (1e3 as 1000.0, -0 as 0), and a token must not depend on
  // who read the value.
  const rewritten = literal("(?s)[\\[{].*|-?0|-?\\d+([.]\\d+(e[-+]?\\d+)?|e[-+]?\\d+)");
  const tokens = kept.flatMap(({ pii }, at) =>
    pii === "hash" ? [`NOT coalesce(regexp_full_match(${values[at]}, ${rewritten}), false)`] : [],
  );
  const same = [`map_keys(m) = ${list(order)}`, ...nested, ...tokens].join(" AND ");
  return `SELECT ${columns.join(", ")}, NULL::VARCHAR AS _record,
    CASE WHEN ${same} THEN NULL::VARCHAR ELSE error('another shape') END AS _malformed
  FROM (${maps})`;
}

/** Each record of files as a map `m` from field to text. */
export function mapsOfFiles(input: JsonInput): string {
  return `SELECT json AS m FROM read_json(${list(input.files)}, format = '${input.format}', records = false,
    columns = {json: 'MAP(VARCHAR, VARCHAR)'}, ${options(input)})`;
}

/** The same of a page that is bound to \`$page\`, and so in no file. */
export const mapsOfPage = `SELECT unnest(json_transform(page, '["MAP(VARCHAR,VARCHAR)"]')) AS m FROM (SELECT $page::VARCHAR AS page)`;

/**
 * The general way: by position where a record's fields come in the expected order, else by name; the whole
 * record is kept where its fields are not exactly the declared ones. Of a repeated field the first counts.
 */
export function selectAny(input: JsonInput, { kept, declared }: Shape, order: readonly string[]): string {
  const columns = kept.map(({ name, from, json }) => {
    if (json)
      return `NULLIF(json_extract(json, ${literal(pointer(from))})::VARCHAR, 'null') AS ${identifier(name)}`;
    const byName = `v[list_position(k, ${literal(from)})]`;
    const at = order.indexOf(from);
    const byPosition = at < 0 ? "NULL" : `v[${at + 1}]`;
    return `CASE WHEN expected THEN ${byPosition} ELSE ${byName} END AS ${identifier(name)}`;
  });
  const declaredSorted = `list_sort(${list([...declared])})`;
  const exact = order.length === declared.size && order.every((field) => declared.has(field));
  return `SELECT ${columns.join(", ")},
    CASE WHEN ${exact ? "NOT expected AND " : ""}list_sort(k) IS DISTINCT FROM ${declaredSorted} THEN json END AS _record,
    NULL::VARCHAR AS _malformed
  FROM (SELECT json, k, v, coalesce(k = ${list(order)}, false) AS expected
  FROM (SELECT json, map_keys(m) AS k, map_values(m) AS v
  FROM (SELECT json, json_transform(json, '"MAP(VARCHAR,VARCHAR)"') AS m
  FROM read_json_objects(${list(input.files)}, format = '${input.format}', ${options(input)}))))`;
}

/** Rows of text columns, PII hashed on the way. */
export function selectRows(table: string, { kept }: Shape, numbered: boolean): string {
  const columns = kept.map((column) => hashed(column, identifier(column.name)));
  const line = numbered ? ["_line::BIGINT AS _line"] : [];
  return `SELECT ${[...columns, "_record", "_malformed", ...line].join(", ")} FROM ${table}`;
}

/** A CSV file by its header: columns are read by position, since a header may repeat a name. */
export function selectCsv(
  path: string,
  header: readonly string[],
  shape: Shape,
  delimiter: string,
  gzip: boolean,
): string {
  const { kept, declared, withheld } = shape;
  const columns = kept.map((column) => {
    const at = header.indexOf(column.from);
    return hashed(column, at < 0 ? "NULL::VARCHAR" : `c${at}`);
  });
  const exact =
    header.length === declared.size &&
    new Set(header).size === declared.size &&
    header.every((field) => declared.has(field));
  const shown = header.flatMap((field, at) =>
    withheld.has(field.toLowerCase()) ? [] : [`${literal(field)}, c${at}`],
  );
  const record = exact ? "NULL::VARCHAR" : `json_object(${shown.join(", ")})::VARCHAR`;
  return `SELECT ${[...columns, `${record} AS _record`, "NULL::VARCHAR AS _malformed"].join(", ")}
  FROM read_csv(${literal(path)}, auto_detect = false, header = true, columns = {${header.map((_field, at) => `c${at}: 'VARCHAR'`).join(", ")}},
    delim = ${literal(delimiter)}, quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, strict_mode = true,
    null_padding = false, ignore_errors = false, encoding = 'utf-8', hive_partitioning = false, compression = '${gzip ? "gzip" : "none"}')`;
}

/** A Parquet file; `fields` are its columns and their types as DESCRIBE gives them. */
export function selectParquet(
  path: string,
  fields: readonly { name: string; type: string }[],
  shape: Shape,
): string {
  const { kept, declared, withheld } = shape;
  const columns = kept.map((column) => {
    const field = fields.find(({ name }) => name === column.from);
    return hashed(column, field ? text(field) : "NULL::VARCHAR");
  });
  const exact = fields.length === declared.size && fields.every(({ name }) => declared.has(name));
  const shown = fields.flatMap((field) =>
    withheld.has(field.name.toLowerCase())
      ? []
      : [`${literal(field.name)}, ${isNested(field.type) ? json(field) : text(field)}`],
  );
  const record = exact ? "NULL::VARCHAR" : `json_object(${shown.join(", ")})::VARCHAR`;
  return `SELECT ${[...columns, `${record} AS _record`, "NULL::VARCHAR AS _malformed"].join(", ")}
  FROM read_parquet(${literal(path)}, hive_partitioning = false)`;
}

/** Writes a query's rows; measured: zstd 1 is faster and smaller than the default here, and so are small row groups. */
export function copyTo(path: string, query: string): string {
  return `COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 30720)`;
}

/** The address of a top-level field as a JSON pointer (RFC 6901). */
function pointer(field: string): string {
  return `/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function identifier(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

/** HMAC-SHA-256 in hex (RFC 2104); the pads are bound, so that the key stands in no statement and no message. */
function hashed({ name, pii }: LandedColumn, expression: string): string {
  return pii === "hash"
    ? `sha256($opad || unhex(sha256($ipad || encode(${expression})))) AS ${identifier(name)}`
    : `${expression} AS ${identifier(name)}`;
}

/** A column as text that loses nothing; instants in ISO 8601, with Z only where the file says they are UTC. */
function text(field: { name: string; type: string }): string {
  const column = identifier(field.name);
  const { type } = field;
  if (type === "VARCHAR") return column;
  if (type === "BLOB") return `to_base64(${column})`;
  if (type === "TIMESTAMP WITH TIME ZONE")
    return `replace(regexp_replace(${column}::VARCHAR, '[+]00$', 'Z'), ' ', 'T')`;
  if (type.startsWith("TIMESTAMP")) return `replace(${column}::VARCHAR, ' ', 'T')`;
  return isNested(type) ? `${json(field)}::VARCHAR` : `${column}::VARCHAR`;
}

function json({ name }: { name: string }): string {
  return `to_json(${identifier(name)})`;
}

function isNested(type: string): boolean {
  return /[[\]]$|^(STRUCT|MAP|UNION)\(|^JSON$/.test(type);
}

function options({ recordBytesMax, gzip }: JsonInput): string {
  return `maximum_object_size = ${recordBytesMax}, compression = '${gzip ? "gzip" : "uncompressed"}', hive_partitioning = false`;
}

function list(values: readonly string[]): string {
  return `[${values.map(literal).join(", ")}]::VARCHAR[]`;
}
