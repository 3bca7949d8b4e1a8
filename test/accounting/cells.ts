/**
 * What a field of a generated record can hold: how it is spelled, and what silver then shows of it.
 *
 * Every pair is written by hand from the documentation of the types, so that nothing here asks Firn what
 * it would do.
 */

/** A value as a source spells it. */
export interface Cell {
  /** In JSON, as the bytes stand. */
  json: string;
  /** In CSV before any quoting; null is an empty place without quotes. */
  csv: string | null;
  /** Silver's column as text; null where it has no value. */
  shown: string | null;
  /** The value is not of its column's type. */
  bad?: true;
  /** What silver shows where the value came by JSON, if that differs; it is then good. */
  shownInJson?: string;
  /** Of a version: where it stands in the order of versions. */
  rank?: number;
}

export const nothing: Cell = { json: "null", csv: null, shown: null };

const same = (json: string, shown = json): Cell => ({ json, csv: json, shown });
const quoted = (text: string, shown = text): Cell => ({ json: JSON.stringify(text), csv: text, shown });
const wrong = (spelled: string): Cell => ({ json: spelled, csv: unquoted(spelled), shown: null, bad: true });
/** Good in JSON and in CSV, spelled differently. */
const both = (json: string, csv: string, shown: string): Cell => ({ json, csv, shown });

export const text = quoted;

/** A whole number in one of its spellings: they are all the same value. */
export function integer(value: number, spelling: number): Cell {
  const plain = String(value);
  switch (spelling % 6) {
    case 1:
      return quoted(plain);
    case 2:
      return quoted(`${plain}.0`, plain);
    case 3:
      return value % 100 === 0 && value !== 0
        ? { ...quoted(scientific(value), plain) }
        : { ...quoted(`${plain}.000`, plain) };
    default:
      return same(plain);
  }
}

/** An instant of whole seconds since 1970, in one of its spellings. */
export function instant(seconds: number, spelling: number): Cell {
  const at = (offsetHours: number) =>
    new Date((seconds + offsetHours * 3600) * 1000).toISOString().slice(0, 19);
  const shown = `${at(0).replace("T", " ")}+00`;
  const spelled = [
    `${at(0)}Z`,
    `${at(0)}+00:00`,
    `${at(2)}+02:00`,
    `${at(-5).replace("T", " ")}-0500`,
    `${at(0)}.000Z`,
    `${at(0)}.000000000Z`,
  ];
  return { ...quoted(spelled[spelling % spelled.length] as string, shown), rank: seconds };
}

/** A column: how it is declared, and what is sent for it. */
export interface Kind {
  type: string;
  from?: string;
  required?: true;
  good: Cell[];
  bad: Cell[];
  /** What quarantine says a bad one is not. */
  not: string;
}

const odd = [
  "plain",
  "",
  " two spaces ",
  "comma, and; more",
  'a "quoted" word',
  "it's",
  "two\nlines",
  "tab\tand\\backslash",
  "Zoë",
  "Zoe\u0308",
  "日本語",
  "🦊🏔️",
  "שלום",
  "\u200bzero width",
  "line\u2028separator",
  "NULL",
  "null",
  "\\N",
  "{not json",
  "[1,2",
  "'; DROP TABLE silver.orders; --",
  "%_*?",
  "$1 $2",
  "=1+1",
];

/** The columns every table has beside its keys, in their declared order. */
export const payload: Record<string, Kind> = {
  label: {
    type: "text",
    required: true,
    good: [
      ...odd.map((each) => quoted(each)),
      same("42"),
      same("true"),
      // A file that holds the byte itself is taken for binary data.
      { ...quoted("nul inside"), json: '"nul\\u0000inside"', shownInJson: "nul\0inside" },
    ],
    bad: [],
    not: "",
  },
  units: {
    type: "integer",
    good: [
      ...["0", "-7", "9223372036854775807", "-9223372036854775808"].map((each) => same(each)),
      quoted("12"),
      quoted("8.00", "8"),
      quoted("1.5e3", "1500"),
    ],
    bad: ["9223372036854775808", '"1.5"', '"007"', '"many"', "true", '"+1"', '" 1"', '"1_000"', '"1e-1"'].map(
      wrong,
    ),
    not: "a whole number of 64 bits",
  },
  price: {
    type: "decimal(10,2)",
    good: [
      quoted("0", "0.00"),
      quoted("12.5", "12.50"),
      quoted("-99999999.99"),
      quoted("7.1000", "7.10"),
      quoted("1.25e1", "12.50"),
      both("3.25", "3.25", "3.25"),
    ],
    bad: ['"1.234"', '"100000000.00"', '"1e8"', '"12,50"', '"12.50 EUR"', '"--1"', '"0x10"'].map(wrong),
    not: "a decimal of at most 10 digits, 2 after the point",
  },
  exact: {
    type: "decimal(38,20)",
    good: [
      // More digits than a double holds: as a number of JSON, too.
      same("123456789012345678.12345678901234567890"),
      quoted("0.00000000000000000001"),
      quoted("9007199254740993.1", "9007199254740993.10000000000000000000"),
    ],
    bad: ['"0.000000000000000000001"', '"1234567890123456789.5"', '"NaN"'].map(wrong),
    not: "a decimal of at most 38 digits, 20 after the point",
  },
  ratio: {
    type: "float",
    good: [same("0.5"), same("-2.25"), quoted("1e300", "1e+300"), same("3", "3.0")],
    bad: ['"1e999"', "1e400", '"1e-400"', '"NaN"', '"Infinity"', '"half"', '".5"'].map(wrong),
    not: "a finite number",
  },
  active: {
    type: "boolean",
    good: [same("true"), same("false"), quoted("TRUE", "true"), quoted("False", "false")],
    bad: ['"yes"', "1", '"t"', '""', '" true"'].map(wrong),
    not: "true or false",
  },
  born: {
    type: "date",
    good: ["2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31"].map((each) => quoted(each)),
    bad: ['"2023-02-29"', '"31/12/1999"', '"0000-01-01"', '"2024-1-1"', "20240101", '"2024-13-01"'].map(
      wrong,
    ),
    not: "a date as YYYY-MM-DD",
  },
  seen: {
    type: "timestamp",
    good: [
      quoted("2024-02-29T23:59:59Z", "2024-02-29 23:59:59+00"),
      quoted("2024-03-01T01:30:00.5+01:30", "2024-03-01 00:00:00.5+00"),
      quoted("1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999+00"),
    ],
    bad: [
      '"2024-02-29T23:59:59"',
      '"2024-02-30T00:00:00Z"',
      '"2024-02-29T24:00:00Z"',
      '"2024-02-29T00:00:00.0000001Z"',
      '"2024-02-29T00:00:00+99:99"',
      "1709251199",
      '"yesterday"',
    ].map(wrong),
    not: "an ISO 8601 instant with its offset, at most six digits of a second",
  },
  extra: {
    type: "json",
    good: ['{"a":[1,{"b":null}],"ü":"x"}', "[]", "7", "false"].map((each) => same(each)),
    // A JSON record can hold nothing that is not JSON: there it is a text.
    bad: ["{bad", "[1,]", "NaN"].map((csv) => ({
      json: JSON.stringify(csv),
      csv,
      shown: null,
      bad: true as const,
      shownInJson: JSON.stringify(csv),
    })),
    not: "JSON",
  },
  odd_name: {
    type: "text",
    from: 'Ödd "näme", 100% a/b~c\nü',
    good: [quoted("x"), quoted('y "z"'), quoted("")],
    bad: [],
    not: "",
  },
};

/** Spelled in a way that DuckDB's JSON reader would round or refuse. */
export function isRisky({ json }: Cell): boolean {
  return json.includes("e400") || (json.length >= 15 && /^-?[0-9]+[.]/.test(json));
}

function unquoted(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function scientific(value: number): string {
  return `${value / 100}e2`.replace(/^(-?\d)(\d+)e2$/, (_all, first: string, rest: string) => {
    return `${first}.${rest}e${2 + rest.length}`;
  });
}
