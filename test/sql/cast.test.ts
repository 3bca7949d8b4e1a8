import assert from "node:assert/strict";
import fc from "fast-check";
import type { ColumnType } from "#core/columns";
import type { Column } from "#firn";
import type { Warehouse } from "#ports/warehouse";
import { strictCast } from "#sql/cast";
import { literal, openMemory } from "./support.ts";

type Of = Pick<Column, "type" | "format">;

/** Per type: a text and the value it has, or null where it is refused. The same set on both warehouses. */
const table: [name: string, of: Of, cases: [text: string, value: string | null][]][] = [
  [
    "integer",
    { type: "integer" },
    [
      ["0", "0"],
      ["-0", "0"],
      ["7", "7"],
      ["-7", "-7"],
      ["007", null],
      ["+5", null],
      [" 5", null],
      ["5 ", null],
      ["5\n", null],
      ["\t5", null],
      ["", null],
      [" ", null],
      ["-", null],
      ["--5", null],
      ["1_000", null],
      ["1,000", null],
      ["1 000", null],
      ["1.5", null],
      ["1.0", "1"],
      ["1.000", "1"],
      ["1.", null],
      [".5", null],
      ["5.", null],
      ["1e5", "100000"],
      ["1E+5", "100000"],
      ["1.5e1", "15"],
      ["1.55e1", null],
      ["1e-1", null],
      ["10e-1", null],
      ["1e400", null],
      ["1e19", null],
      ["9e18", "9000000000000000000"],
      ["9.3e18", null],
      ["1e", null],
      ["e5", null],
      ["0x10", null],
      ["20240115", "20240115"],
      ["9223372036854775807", "9223372036854775807"],
      ["9223372036854775808", null],
      ["-9223372036854775808", "-9223372036854775808"],
      ["-9223372036854775809", null],
      ["12345678901234567890", null],
      ["9.0071992547409931e15", null],
      ["9.007199254740993e15", "9007199254740993"],
      ["NaN", null],
      ["Infinity", null],
      ["-inf", null],
      ["null", null],
      ["true", null],
      ["٥", null],
      ["５", null],
      ["1️⃣", null],
      ["½", null],
      ["1;DROP TABLE x", null],
      ["'1'", null],
      ["2024-01-15", null],
    ],
  ],
  [
    "decimal(12,3)",
    { type: "decimal(12,3)" },
    [
      ["0", "0.000"],
      ["-0", "0.000"],
      ["1.5", "1.500"],
      ["1.50", "1.500"],
      ["1.500000000", "1.500"],
      ["1.5001", null],
      ["1.0005", null],
      ["1.00050", null],
      ["-1.234", "-1.234"],
      ["999999999.999", "999999999.999"],
      ["999999999.9990", "999999999.999"],
      ["1000000000", null],
      ["999999999.9995", null],
      ["0.001", "0.001"],
      ["0.0001", null],
      ["00.1", null],
      [".1", null],
      ["1.", null],
      ["+1.5", null],
      [" 1.5", null],
      ["1.5 ", null],
      ["1,5", null],
      ["1_000.5", null],
      ["1e5", "100000.000"],
      ["1.5e-2", "0.015"],
      ["1.5e-3", null],
      ["1e-30", null],
      ["1e30", null],
      ["1.2345678901234567e8", null],
      ["1.23456789012e8", "123456789.012"],
      ["1.234567890123e8", null],
      ["1.23456789012e2", null],
      ["1e400", null],
      ["NaN", null],
      ["Infinity", null],
      ["", null],
      ["$5", null],
      ["5€", null],
      ["1.5.0", null],
      ["1٫5", null],
    ],
  ],
  [
    "decimal(38,0)",
    { type: "decimal(38,0)" },
    [
      ["9".repeat(38), "9".repeat(38)],
      [`-${"9".repeat(38)}`, `-${"9".repeat(38)}`],
      ["9".repeat(39), null],
      ["1e37", `1${"0".repeat(37)}`],
      ["1e38", null],
      ["1.0", "1"],
      ["1.1", null],
      ["9.0071992547409931e15", null],
      ["1.2345678901234567e30", "1234567890123456700000000000000"],
    ],
  ],
  [
    "decimal(38,37)",
    { type: "decimal(38,37)" },
    [
      ["0", `0.${"0".repeat(37)}`],
      ["9", `9.${"0".repeat(37)}`],
      ["10", null],
      [`0.${"1".repeat(37)}`, `0.${"1".repeat(37)}`],
      [`0.${"1".repeat(38)}`, null],
      ["-0.25", `-0.25${"0".repeat(35)}`],
      ["1e-38", null],
      ["1e-36", `0.${"0".repeat(35)}10`],
    ],
  ],
  [
    "float",
    { type: "float" },
    [
      ["0", "0.0"],
      ["1", "1.0"],
      ["1.5", "1.5"],
      ["-1.5e3", "-1500.0"],
      ["1e5", "100000.0"],
      ["1E-5", "1e-05"],
      ["1e308", "1e+308"],
      ["1.7976931348623157e308", "1.7976931348623157e+308"],
      ["1.8e308", null],
      ["1e400", null],
      ["-1e400", null],
      ["5e-324", "5e-324"],
      ["1e-400", null],
      ["0e-400", "0.0"],
      ["0.1", "0.1"],
      ["0.30000000000000004", "0.30000000000000004"],
      ["007", null],
      ["+5", null],
      [" 5", null],
      ["5 ", null],
      [".5", null],
      ["5.", null],
      ["1_000", null],
      ["NaN", null],
      ["nan", null],
      ["Infinity", null],
      ["-Infinity", null],
      ["inf", null],
      ["", null],
      ["0x1p3", null],
      ["1,5", null],
      ["1d", null],
      ["1f", null],
    ],
  ],
  [
    "boolean",
    { type: "boolean" },
    [
      ["true", "true"],
      ["TRUE", "true"],
      ["True", "true"],
      ["false", "false"],
      ["FALSE", "false"],
      ["1", null],
      ["0", null],
      ["yes", null],
      ["no", null],
      ["t", null],
      ["f", null],
      ["on", null],
      ["", null],
      [" true", null],
      ["true ", null],
      ["truе", null],
    ],
  ],
  [
    "date",
    { type: "date" },
    [
      ["2024-01-15", "2024-01-15"],
      ["2024-02-29", "2024-02-29"],
      ["2023-02-29", null],
      ["2024-02-30", null],
      ["2024-13-01", null],
      ["2024-00-10", null],
      ["2024-01-00", null],
      ["2024-1-5", null],
      ["20240115", null],
      ["15/01/2024", null],
      ["01/02/2024", null],
      ["2024-01-15T00:00:00", null],
      ["2024-01-15 ", null],
      [" 2024-01-15", null],
      ["0000-01-01", null],
      ["0001-01-01", "0001-01-01"],
      ["1000-01-01", "1000-01-01"],
      ["2000-01-01", "2000-01-01"],
      ["9999-12-31", "9999-12-31"],
      ["10000-01-01", null],
      ["-2024-01-01", null],
      ["", null],
      ["today", null],
      ["epoch", null],
      ["infinity", null],
      ["1705276800", null],
      ["2024-01-15Z", null],
      ["２０２４-01-15", null],
    ],
  ],
  [
    "date YYYYMMDD",
    { type: "date", format: "YYYYMMDD" },
    [
      ["20240115", "2024-01-15"],
      ["20000101", "2000-01-01"],
      ["20000930", "2000-09-30"],
      ["10000101", "1000-01-01"],
      ["20240230", null],
      ["00000101", null],
      ["2024-01-15", null],
      ["2024115", null],
      ["1705276800", null],
    ],
  ],
  [
    "date DD/MM/YYYY",
    { type: "date", format: "DD/MM/YYYY" },
    [
      ["01/02/2024", "2024-02-01"],
      ["31/01/2000", "2000-01-31"],
      ["31/02/2024", null],
      ["01/13/2024", null],
      ["1/2/2024", null],
      ["01/02/24", null],
      ["01/01/0000", null],
      ["01-02-2024", null],
      ["2024-02-01", null],
    ],
  ],
  [
    "date MM/DD/YYYY",
    { type: "date", format: "MM/DD/YYYY" },
    [
      ["01/02/2024", "2024-01-02"],
      ["13/01/2024", null],
      ["02/29/2023", null],
    ],
  ],
  [
    "timestamp",
    { type: "timestamp" },
    [
      ["2024-01-15T10:20:30Z", "2024-01-15 10:20:30+00"],
      ["2024-01-15 10:20:30Z", "2024-01-15 10:20:30+00"],
      ["2024-01-15T10:20:30.5Z", "2024-01-15 10:20:30.5+00"],
      ["2024-01-15T10:20:30.123456Z", "2024-01-15 10:20:30.123456+00"],
      ["2024-01-15T10:20:30.1234560Z", "2024-01-15 10:20:30.123456+00"],
      ["2024-01-15T10:20:30.123456000Z", "2024-01-15 10:20:30.123456+00"],
      ["2024-01-15T10:20:30.1234567Z", null],
      ["2024-01-15T10:20:30.1234560000Z", null],
      ["2024-01-15T10:20:30+02:00", "2024-01-15 08:20:30+00"],
      ["2024-01-15T10:20:30+0200", "2024-01-15 08:20:30+00"],
      ["2024-01-15T10:20:30-0530", "2024-01-15 15:50:30+00"],
      ["2024-01-15T10:20:30-00:00", "2024-01-15 10:20:30+00"],
      ["2024-01-15T10:20:30+14:00", "2024-01-14 20:20:30+00"],
      ["2024-01-15T10:20:30+02", null],
      ["2024-01-15T10:20:30+15:00", null],
      ["2024-01-15T10:20:30+99:99", null],
      ["2024-01-15T10:20:30+02:60", null],
      ["2024-01-15T10:20:30", null],
      ["2024-01-15T10:20Z", null],
      ["2024-01-15", null],
      ["2024-01-15T24:00:00Z", null],
      ["2024-01-15T23:59:60Z", null],
      ["2024-01-15T25:00:00Z", null],
      ["2024-02-30T00:00:00Z", null],
      ["0000-01-01T00:00:00Z", null],
      ["2024-01-15t10:20:30z", null],
      ["2024-01-15T10:20:30 Z", null],
      ["2024-01-15T10:20:30 UTC", null],
      ["2024-01-15T10:20:30[Europe/Paris]", null],
      [" 2024-01-15T10:20:30Z", null],
      ["2024-01-15T10:20:30Z\n", null],
      ["2024-01-15T10:20:30.Z", null],
      ["2024-01-15T10:20:30,5Z", null],
      ["", null],
      ["now", null],
      ["1705276800", null],
      ["20240115T102030Z", null],
      ["15 Jan 2024 10:20:30Z", null],
    ],
  ],
  [
    "timestamp iso-utc",
    { type: "timestamp", format: "iso-utc" },
    [
      ["2024-01-15T10:20:30", "2024-01-15 10:20:30+00"],
      ["2024-01-15 10:20:30.25", "2024-01-15 10:20:30.25+00"],
      ["2024-01-15T10:20:30+02:00", "2024-01-15 08:20:30+00"],
      ["2024-01-15T10:20:30Z", "2024-01-15 10:20:30+00"],
      ["2024-01-15", null],
      ["2024-01-15T10:20", null],
      ["2024-01-15T24:00:00", null],
      ["2024-02-30T00:00:00", null],
    ],
  ],
  [
    "timestamp epoch-seconds",
    { type: "timestamp", format: "epoch-seconds" },
    [
      ["0", "1970-01-01 00:00:00+00"],
      ["-0", "1970-01-01 00:00:00+00"],
      ["1705276800", "2024-01-15 00:00:00+00"],
      ["1705276800.5", "2024-01-15 00:00:00.5+00"],
      ["1705276800.123456", "2024-01-15 00:00:00.123456+00"],
      ["1705276800.1234560000", "2024-01-15 00:00:00.123456+00"],
      ["1705276800.1234567", null],
      ["-1.5", "1969-12-31 23:59:58.5+00"],
      ["-0.5", "1969-12-31 23:59:59.5+00"],
      ["-9999999999", "1653-02-10 06:13:21+00"],
      ["-10000000000", null],
      ["99999999999", "5138-11-16 09:46:39+00"],
      ["1705276800000", null],
      ["1.7e9", null],
      ["01705276800", null],
      ["", null],
      ["2024-01-15T00:00:00Z", null],
    ],
  ],
  [
    "timestamp epoch-millis",
    { type: "timestamp", format: "epoch-millis" },
    [
      ["0", "1970-01-01 00:00:00+00"],
      ["1705276800000", "2024-01-15 00:00:00+00"],
      ["1705276800001", "2024-01-15 00:00:00.001+00"],
      ["1705276800000.0", "2024-01-15 00:00:00+00"],
      ["1705276800000.5", null],
      ["-1", "1969-12-31 23:59:59.999+00"],
      ["-99999999999999", null],
      ["99999999999999", "5138-11-16 09:46:39.999+00"],
      ["100000000000000", null],
      ["1.7e12", null],
      ["", null],
    ],
  ],
  [
    "json",
    { type: "json" },
    [
      ["{}", "{}"],
      ["[]", "[]"],
      ["1", "1"],
      ["-0.5e3", "-0.5e3"],
      ["null", "null"],
      ["true", "true"],
      ['"a"', '"a"'],
      ['{"a":[1,{"b":null}]}', '{"a":[1,{"b":null}]}'],
      [' { "a" : 1 } ', ' { "a" : 1 } '],
      ['{"a":1,}', null],
      ["[1,]", null],
      ["[1, ]", null],
      ["[,1]", null],
      ["[1,,2]", null],
      ["[,]", null],
      ["NaN", null],
      ["[NaN]", null],
      ["nan", null],
      ["Infinity", null],
      ["-Infinity", null],
      ["[inf]", null],
      ["undefined", null],
      ["[undefined]", null],
      ["{a:1}", null],
      ["{'a':1}", null],
      ["01", null],
      ["+1", null],
      ["1.", null],
      [".5", null],
      ["0x10", null],
      ["", null],
      [" ", null],
      ["nul", null],
      ["1 2", null],
      ["{} x", null],
      ["// c\n1", null],
      ["/*c*/1", null],
      ['"a\nb"', null],
      ["\ufeff1", null],
      ["[1", null],
      ['{"a"}', null],
      ['"\\u00zz"', null],
      ['"NaN, ] inf ,}"', '"NaN, ] inf ,}"'],
      ['{"a\\",}":",]"}', '{"a\\",}":",]"}'],
      ['"\\\\"', '"\\\\"'],
      ['{"NaN":"Infinity"}', '{"NaN":"Infinity"}'],
      ["12345678901234567890123456789012345678.12", "12345678901234567890123456789012345678.12"],
    ],
  ],
  [
    "text",
    { type: "text" },
    [
      ["", ""],
      [" a ", " a "],
      ["null", "null"],
      ["é\u0000".slice(0, 1), "é"],
    ],
  ],
];

describe("casting what a source sent", () => {
  let warehouse: Warehouse;
  before(async () => {
    warehouse = await openMemory();
  });
  after(() => warehouse.close());

  for (const [name, of, cases] of table) {
    it(`takes as ${name} exactly the texts of its accepted set (${cases.length} texts)`, async () => {
      const values = await cast(
        of,
        cases.map(([text]) => text),
      );
      const wrong = cases.flatMap(([text, expected], at) =>
        values[at] === expected ? [] : [`${JSON.stringify(text)}: ${values[at]} instead of ${expected}`],
      );
      assert.deepEqual(wrong, []);
    });
  }

  it("takes a decimal only if its value is the source's to the last digit", async () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    const number = fc.record({
      sign: fc.constantFrom("", "-", "+"),
      whole: fc.oneof(digits(40), digits(3)),
      places: fc.option(fc.oneof(digits(40), fc.stringMatching(/^[0-9]{0,17}0{0,3}$/)), { nil: undefined }),
      exponent: fc.option(fc.integer({ min: -45, max: 45 }), { nil: undefined }),
      mark: fc.constantFrom("e", "E", "e+"),
    });
    const type = fc
      .integer({ min: 1, max: 38 })
      .chain((p) => fc.integer({ min: 0, max: p - 1 }).map((s) => [p, s] as const));
    const seed = Date.now() % 1e9;
    console.log(`      seed ${seed}`);
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        type,
        fc.array(number, { minLength: 50, maxLength: 50 }),
        async ([precision, scale], numbers) => {
          const texts = numbers.map(({ sign, whole, places, exponent, mark }) => {
            const plain = `${sign}${exponent === undefined ? whole : whole.slice(0, 1)}${places ? `.${places}` : ""}`;
            return exponent === undefined ? plain : `${plain}${exponent < 0 ? "e" : mark}${exponent}`;
          });
          const values = await cast({ type: `decimal(${precision},${scale})` as ColumnType }, texts);
          texts.forEach((text, at) => {
            const value = values[at];
            if (value === null || value === undefined) return;
            accepted++;
            assert.equal(
              exact(value),
              exact(text),
              `${text} became ${value} as decimal(${precision},${scale})`,
            );
          });
          const plain = texts.filter((text) => /^-?(0|[1-9][0-9]*)([.][0-9]+)?$/.test(text));
          for (const text of plain) {
            const fits = fitsDecimal(text, precision, scale);
            assert.equal(
              values[texts.indexOf(text)] !== null,
              fits,
              `${text} as decimal(${precision},${scale})`,
            );
          }
        },
      ),
      { numRuns: 60, seed },
    );
    assert.ok(accepted > 300, `only ${accepted} texts were taken`);
  });

  async function cast(of: Of, texts: string[]): Promise<(string | null)[]> {
    const rows = texts.map((text, at) => `(${at}, ${literal(text)})`).join(", ");
    const found = await warehouse.query(
      `SELECT CAST(${strictCast(warehouse.dialect, of, "t")} AS VARCHAR) AS v FROM (VALUES ${rows}) AS x (n, t) ORDER BY n`,
    );
    return found.map(({ v }) => v as string | null);
  }
});

/** A number's sign, digits and power of ten, in one form: equal for equal numbers. */
function exact(text: string): string {
  const [, sign, whole = "", places = "", exponent = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + places).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign === "-" ? "-" : ""}${significant}e${Number(exponent) - places.length + digits.length - significant.length}`;
}

function fitsDecimal(text: string, precision: number, scale: number): boolean {
  const [whole = "", places = ""] = text.replace("-", "").split(".");
  return whole.replace(/^0/, "").length <= precision - scale && places.replace(/0+$/, "").length <= scale;
}
