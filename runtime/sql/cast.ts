import { parseDecimal } from "#core/columns";
import type { Column } from "#firn";
import type { Dialect } from "#sql/dialect";

// Numbers follow JSON's grammar: no plus sign, no leading zero (a code such as 00123 is text, not 123).
const whole = "-?(0|[1-9][0-9]*)";
const fraction = "([.][0-9]+)?";
// What the packer may write for a long or tiny number; at most 17 digits, so a double holds all of them.
const scientific = "-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}";
// Snowflake reads nine digits of a second; what stands after the sixth must be zero.
const time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?";
// There is no year 0: DuckDB would take it for 1 BC.
const year = "([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})";
const day = `${year}-[0-9]{2}-[0-9]{2}`;
// No place on Earth is further from UTC; DuckDB would take +99:99, too.
const offset = "(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])";

const datePatterns: Record<string, string> = {
  "YYYY-MM-DD": day,
  "DD/MM/YYYY": `[0-9]{2}/[0-9]{2}/${year}`,
  "MM/DD/YYYY": `[0-9]{2}/[0-9]{2}/${year}`,
  YYYYMMDD: `${year}[0-9]{4}`,
};

/**
 * The typed value of a text, or NULL where the text is not of the type's accepted set.
 *
 * A cast is a strict pattern plus an explicit format, so that both dialects accept the same texts; on
 * their own DuckDB and Snowflake guess, and guess differently. A value that would lose digits is refused.
 */
export function strictCast(dialect: Dialect, column: Pick<Column, "type" | "format">, text: string): string {
  const when = (pattern: string, value: string) =>
    `CASE WHEN ${dialect.matches(text, pattern)} THEN ${value} END`;
  const decimal = parseDecimal(column.type);
  if (decimal) return castDecimal(dialect, text, decimal.precision, decimal.scale);
  switch (column.type) {
    case "text":
      return text;
    case "integer":
      return (
        `CASE WHEN ${dialect.matches(text, "-?(0|[1-9][0-9]{0,18})([.]0+)?")} THEN ${dialect.tryInteger(text)} ` +
        `WHEN ${dialect.matches(text, scientific)} AND ${fits(text, 38, 0)} THEN ${dialect.tryInteger(dialect.canonical(dialect.tryDecimal(text, 38, 0), "decimal(38,0)"))} END`
      );
    case "float":
      // Neither too large for a double, nor so small that it would become 0.
      return (
        `CASE WHEN ${dialect.matches(text, `${whole}${fraction}([eE][+-]?[0-9]{1,3})?`)} AND ABS(${dialect.tryFloat(text)}) <= 1.7976931348623157e308 ` +
        `AND (${dialect.tryFloat(text)} <> 0 OR NOT ${dialect.matches(text, "[^eE]*[1-9].*")}) THEN ${dialect.tryFloat(text)} END`
      );
    case "boolean":
      return `CASE LOWER(${text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`;
    case "date": {
      const format = column.format ?? "YYYY-MM-DD";
      return when(datePatterns[format] as string, dialect.tryDate(text, format));
    }
    case "timestamp":
      return castTimestamp();
    case "json":
      return dialect.tryJson(text);
    default:
      throw new TypeError(`no cast for ${column.type}`);
  }

  function castTimestamp(): string {
    const iso = `${day}[T ]${time}`;
    switch (column.format) {
      // From the 17th century to the 52nd: Snowflake's calendar is not to be relied on before 1582.
      case "epoch-seconds":
        return when(
          "(-?0|[1-9][0-9]{0,10}|-[1-9][0-9]{0,9})([.][0-9]{1,6}0*)?",
          dialect.instantOfMicros(micros(text, 1_000_000)),
        );
      case "epoch-millis":
        return when(
          "(-?0|[1-9][0-9]{0,13}|-[1-9][0-9]{0,12})([.]0+)?",
          dialect.instantOfMicros(micros(text, 1_000)),
        );
      case "iso-utc":
        return (
          `CASE WHEN ${dialect.matches(text, iso)} THEN ${dialect.tryInstant(`(${text} || 'Z')`)} ` +
          `WHEN ${dialect.matches(text, iso + offset)} THEN ${dialect.tryInstant(text)} END`
        );
      default:
        return when(iso + offset, dialect.tryInstant(text));
    }
  }

  function micros(value: string, factor: number): string {
    return `CAST(${dialect.tryDecimal(value, 20, 6)} * ${factor} AS BIGINT)`;
  }
}

/** What a value of the type looks like, for a quarantine reason. */
export function accepted(column: Pick<Column, "type" | "format">): string {
  const decimal = parseDecimal(column.type);
  if (decimal) return `a decimal of at most ${decimal.precision} digits, ${decimal.scale} after the point`;
  const texts: Record<string, string> = {
    text: "text",
    integer: "a whole number of 64 bits",
    float: "a finite number",
    boolean: "true or false",
    date: `a date as ${column.format ?? "YYYY-MM-DD"}`,
    timestamp: timestampText(column.format),
    json: "JSON",
  };
  return texts[column.type] as string;
}

function castDecimal(dialect: Dialect, text: string, precision: number, scale: number): string {
  const value = dialect.tryDecimal(text, precision, scale);
  const places = scale === 0 ? "([.]0+)?" : `([.][0-9]{1,${scale}}0*)?`;
  const digits = `-?(0|[1-9][0-9]{0,${precision - scale - 1}})`;
  return (
    `CASE WHEN ${dialect.matches(text, digits + places)} THEN ${value} ` +
    `WHEN ${dialect.matches(text, scientific)} AND ${fits(text, precision, scale)} THEN ${value} END`
  );
}

/**
 * True where a number in scientific notation, written out, has room in a decimal: at most `scale` digits
 * after its point, and before it what is left of `precision`.
 *
 * Counted in the text. As doubles 9007199254740993.1 and 9007199254740993 are one number, and DuckDB 1.5
 * casts 1.0001e3 to 1000.0 as decimal(4,1), where it has no room.
 */
function fits(text: string, precision: number, scale: number): string {
  const part = (at: number) => `SPLIT_PART(LOWER(${text}), 'e', ${at})`;
  const places = `LENGTH(RTRIM(SPLIT_PART(${part(1)}, '.', 2), '0'))`;
  const exponent = `TRY_CAST(${part(2)} AS INTEGER)`;
  return `${exponent} BETWEEN ${places} - ${scale} AND ${precision - scale - 1}`;
}

function timestampText(format: string | undefined): string {
  if (format === "epoch-seconds") return "seconds since 1970";
  if (format === "epoch-millis") return "milliseconds since 1970";
  return `an ISO 8601 instant${format === "iso-utc" ? "" : " with its offset"}, at most six digits of a second`;
}
