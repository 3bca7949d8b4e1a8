import { parseDecimal } from "#core/columns";
import { maskName } from "#core/names";
import {
  type ColumnDefinition,
  type Dialect,
  fenceRefused,
  jsonFlaws,
  jsonStrings,
  ledgerReplaced,
  type SqlType,
  script,
} from "#sql/dialect";

/**
 * Snowflake. Parsed and reviewed in tests; run only where a test has an account or an emulator.
 *
 * @see https://docs.snowflake.com/en/sql-reference
 */
export const snowflake: Dialect = {
  name: "snowflake",

  id: (name) => `"${name.toUpperCase().replaceAll('"', '""')}"`,
  table: ({ schema, name }) => `${snowflake.id(schema)}.${snowflake.id(name)}`,
  text: (value) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`,
  instant: (iso) => `TO_TIMESTAMP_TZ(${snowflake.text(iso)})`,
  type,

  session: (tag) => [
    `ALTER SESSION SET QUERY_TAG = ${snowflake.text(tag)}, TIMEZONE = 'UTC', TIMESTAMP_INPUT_FORMAT = 'AUTO', ABORT_DETACHED_QUERY = FALSE, ` +
      "TRANSACTION_ABORT_ON_ERROR = TRUE, LOCK_TIMEOUT = 600, ERROR_ON_NONDETERMINISTIC_MERGE = TRUE, " +
      "ERROR_ON_NONDETERMINISTIC_UPDATE = TRUE",
  ],

  createSchema: () => [],
  createTable: (table, columns, options = {}) =>
    `CREATE ${options.transient ? "TRANSIENT " : ""}TABLE IF NOT EXISTS ${snowflake.table(table)} ` +
    `(${columns.map(defined).join(", ")})` +
    (options.transient ? " DATA_RETENTION_TIME_IN_DAYS = 0" : ""),
  createTransientAs: (table, select) =>
    `CREATE OR REPLACE TRANSIENT TABLE ${snowflake.table(table)} AS ${select}`,
  addColumn: (table, column) =>
    `ALTER TABLE ${snowflake.table(table)} ADD COLUMN IF NOT EXISTS ${defined(column)}`,
  // FORCE takes the place of the policy it may have.
  maskColumns: (table, columns) =>
    columns
      .filter(({ mask }) => mask)
      .map(
        (column) =>
          `ALTER TABLE ${snowflake.table(table)} MODIFY COLUMN ${snowflake.id(column.name)} SET MASKING POLICY ${policyOf(column)} FORCE`,
      ),
  dropTable: (table) => `DROP TABLE IF EXISTS ${snowflake.table(table)}`,
  dropView: (table) => `DROP VIEW IF EXISTS ${snowflake.table(table)}`,
  overwritesByName: false,
  // The same object, so that grants, policies and Time Travel stay. Other columns need a new one: COPY GRANTS
  // keeps its grants, where SWAP would bring those of the other table.
  overwrite: (table, next, sameColumns) =>
    sameColumns
      ? {
          ddl: [],
          script: [`INSERT OVERWRITE INTO ${snowflake.table(table)} SELECT * FROM ${snowflake.table(next)}`],
        }
      : {
          ddl: [
            `CREATE OR REPLACE TABLE ${snowflake.table(table)} COPY GRANTS AS SELECT * FROM ${snowflake.table(next)}`,
          ],
          script: [],
        },
  describe: ({ schema, name }) =>
    'SELECT LOWER(COLUMN_NAME) AS "name", CASE DATA_TYPE ' +
    "WHEN 'NUMBER' THEN 'NUMBER(' || NUMERIC_PRECISION || ',' || NUMERIC_SCALE || ')' WHEN 'TEXT' THEN 'VARCHAR' ELSE DATA_TYPE END AS \"type\" " +
    "FROM INFORMATION_SCHEMA.COLUMNS " +
    `WHERE TABLE_SCHEMA = ${snowflake.text(schema.toUpperCase())} AND TABLE_NAME = ${snowflake.text(name.toUpperCase())} ORDER BY ORDINAL_POSITION`,

  // Precision and scale count: Snowflake rounds what does not fit a scale, silently.
  sameType: (described, of) => described === type(of).replace("TIMESTAMP_TZ(6)", "TIMESTAMP_TZ"),

  // COPY takes at most 1,000 names; its own load history is never relied on, hence FORCE: the raw table is new.
  load: ({ table, prefix, keys }) =>
    chunked(keys, 1000).map(
      (names) =>
        `COPY INTO ${snowflake.table(table)} FROM ${prefix} FILES = (${names.map((key) => snowflake.text(key)).join(", ")}) ` +
        "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE USE_VECTORIZED_SCANNER = TRUE) " +
        'MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE INCLUDE_METADATA = ("_FILE" = METADATA$FILENAME, "_ROW" = METADATA$FILE_ROW_NUMBER) ' +
        "ON_ERROR = ABORT_STATEMENT FORCE = TRUE",
    ),

  matches: (text, pattern) => `REGEXP_LIKE(${text}, ${snowflake.text(pattern)})`,
  tryInteger: (text) =>
    `CASE WHEN TRY_TO_DECIMAL(${text}, 38, 0) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN TRY_TO_DECIMAL(${text}, 38, 0) END`,
  tryDecimal: (text, precision, scale) => `TRY_TO_DECIMAL(${text}, ${precision}, ${scale})`,
  tryFloat: (text) => `TRY_TO_DOUBLE(${text})`,
  tryDate: (text, format) => `TRY_TO_DATE(${text}, ${snowflake.text(format)})`,
  tryInstant: (text) => {
    const offset = `REGEXP_REPLACE(REPLACE(REPLACE(${text}, 'Z', '+00:00'), ' ', 'T'), '([+-][0-9][0-9])([0-9][0-9])$', '\\\\1:\\\\2')`;
    return `CONVERT_TIMEZONE('UTC', COALESCE(TRY_TO_TIMESTAMP_TZ(${offset}, 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM'), TRY_TO_TIMESTAMP_TZ(${offset}, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM')))`;
  },
  instantOfMicros: (micros) => `CONVERT_TIMEZONE('UTC', TO_TIMESTAMP_TZ(TO_TIMESTAMP_NTZ(${micros}, 6)))`,
  tryJson: (text) =>
    `CASE WHEN REGEXP_INSTR(REGEXP_REPLACE(${text}, ${snowflake.text(jsonStrings)}, '""'), ${snowflake.text(jsonFlaws)}) = 0 ` +
    `THEN TRY_PARSE_JSON(${text}) END`,
  jsonField: (json, field) => `GET(TRY_PARSE_JSON(${json}), ${snowflake.text(field)})::VARCHAR`,
  hasJsonField: (json, field) =>
    `COALESCE(ARRAY_CONTAINS(${snowflake.text(field)}::VARIANT, OBJECT_KEYS(TRY_PARSE_JSON(${json}))), FALSE)`,
  jsonObject: (fields) =>
    `TO_JSON(OBJECT_CONSTRUCT_KEEP_NULL(${fields.map(([name, value]) => `${snowflake.text(name)}, ${value}`).join(", ")}))`,

  canonical: (expression, of) => {
    if (of === "timestamp")
      return `TO_CHAR(CONVERT_TIMEZONE('UTC', ${expression}), 'YYYY-MM-DD"T"HH24:MI:SS.FF6"Z"')`;
    if (of === "json") return `TO_JSON(${expression})`;
    if (of === "date") return `TO_CHAR(${expression}, 'YYYY-MM-DD')`;
    return `CAST(${expression} AS VARCHAR)`;
  },
  hash60: (text) => `TO_NUMBER(LEFT(SHA2(${text}, 256), 15), 'XXXXXXXXXXXXXXX')`,
  daysBefore: (instant, days) => `DATEADD(DAY, -${days}, ${instant})`,

  // One anonymous block: a refused fence raises, and the handler rolls everything back. Exceptions can only
  // be declared before BEGIN, and BEGIN alone would open a nested block, no transaction.
  promotion: ({ takeFence, holdsFence, knownLedger, statements }) => {
    const require = (condition: string, exception: string) =>
      `SELECT IFF(${condition}, 1, 0) INTO :held;\nIF (held = 0) THEN RAISE ${exception}; END IF`;
    const block = [
      "DECLARE",
      "held INTEGER;",
      `fence_refused EXCEPTION (-20001, ${snowflake.text(fenceRefused)});`,
      `ledger_replaced EXCEPTION (-20002, ${snowflake.text(ledgerReplaced)});`,
      "BEGIN",
      script([
        "BEGIN TRANSACTION",
        takeFence,
        require(holdsFence, "fence_refused"),
        require(knownLedger, "ledger_replaced"),
        ...statements,
        "COMMIT",
      ]),
      "EXCEPTION WHEN OTHER THEN ROLLBACK; RAISE;",
      "END;",
    ];
    return `EXECUTE IMMEDIATE ${snowflake.text(block.join("\n"))}`;
  },
};

/** A column with its policy, so that no row of it is ever in sight without. */
function defined(column: ColumnDefinition): string {
  const mask = column.mask === undefined ? "" : ` WITH MASKING POLICY ${policyOf(column)}`;
  return `${snowflake.id(column.name)} ${type(column.type)}${mask}`;
}

function policyOf({ mask = "", type: of }: ColumnDefinition): string {
  return snowflake.table({ schema: mask, name: maskName(of) });
}

function type(of: SqlType): string {
  const decimal = parseDecimal(of);
  if (decimal) return `NUMBER(${decimal.precision},${decimal.scale})`;
  const plain: Record<string, string> = {
    text: "VARCHAR",
    integer: "NUMBER(19,0)",
    bigint: "NUMBER(19,0)",
    float: "FLOAT",
    boolean: "BOOLEAN",
    date: "DATE",
    timestamp: "TIMESTAMP_TZ(6)",
    json: "VARIANT",
  };
  return plain[of] as string;
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
