import assert from "node:assert/strict";
import fc from "fast-check";
import { openCsvReader } from "../../runtime/adapters/packer/csv.ts";
import {
  columnText,
  fieldsOf,
  mayLoseNumbers,
  NoArray,
  openArraySplitter,
  openLineSplitter,
} from "../../runtime/adapters/packer/records.ts";

describe("splitting a page into records", () => {
  it("gives each element as it was sent, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (elements, step) => {
        const page = Buffer.from(`\ufeff [${elements.join(" ,\n")}] \n`);
        assert.deepEqual(
          split(page, step),
          elements.map((each) => each.trim()),
        );
      }),
    );
  });

  it("keeps what stands between two commas, even where it is no JSON", () => {
    assert.deepEqual(split(Buffer.from('[{"a":tru},,{"b":1}{"c":2}]'), 4), [
      '{"a":tru}',
      "",
      '{"b":1}{"c":2}',
    ]);
  });

  for (const [what, page, reason] of [
    ["ends inside a record", '[{"a":1},{"a":', "ended"],
    ["ends after a comma", '[{"a":1},', "ended"],
    ["is empty", "", "ended"],
    ["is an object", '{"a":1}', "other"],
    ["is HTML", "<html>", "other"],
    ["closes another bracket than it opened", '[{"a":[1}]', "other"],
    ["goes on after its end", '[{"a":1}][', "followed"],
  ] as const) {
    it(`refuses a page that ${what}`, () => {
      assert.throws(
        () => split(Buffer.from(page), 3),
        (error) => error instanceof NoArray && error.reason === reason,
      );
    });
  }

  it("counts lines of JSON lines, blank ones too", () => {
    const splitter = openLineSplitter();
    const lines = [
      ...splitter.push(Buffer.from('\ufeff{"a":1}\r\n\n  \n{"a"')),
      ...splitter.push(Buffer.from(":2}")),
      ...splitter.end(),
    ];
    assert.deepEqual(
      lines.map(({ bytes, line }) => [line, bytes.toString()]),
      [
        [1, '{"a":1}'],
        [4, '{"a":2}'],
      ],
    );
  });

  function split(page: Buffer, step: number): string[] {
    const splitter = openArraySplitter();
    const found: string[] = [];
    for (let at = 0; at < page.length; at += step) {
      for (const { bytes } of splitter.push(page.subarray(at, at + step))) found.push(bytes.toString());
    }
    for (const { bytes } of splitter.end()) found.push(bytes.toString());
    return found;
  }
});

describe("the fields of a record", () => {
  it("are those JSON.parse sees, for any object", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
        fc.constantFrom(0, 1, 2),
        (value, indent) => {
          const fields = fieldsOf(JSON.stringify(value, null, indent));
          assert.deepEqual(
            Object.fromEntries((fields ?? []).map(({ key, raw }) => [key, JSON.parse(raw)])),
            JSON.parse(JSON.stringify(value)),
          );
        },
      ),
    );
  });

  it("keep repeated names and the spelling of numbers", () => {
    const fields = fieldsOf('{ "a" : 1.10 , "a":-0, "\\u0062":[1, {"c":"}"}] }');
    assert.deepEqual(fields, [
      { key: "a", rawKey: '"a"', raw: "1.10" },
      { key: "a", rawKey: '"a"', raw: "-0" },
      { key: "b", rawKey: '"\\u0062"', raw: '[1, {"c":"}"}]' },
    ]);
  });

  it("become text without quotes and escapes, and null becomes null", () => {
    assert.deepEqual(['"a\\nb"', "null", "1.10", "true", "[1 ]"].map(columnText), [
      "a\nb",
      null,
      "1.10",
      "true",
      "[1 ]",
    ]);
  });
});

describe("numbers DuckDB's JSON would change", () => {
  for (const number of [
    "0.12345678901234567",
    "100000000000000000000.5",
    "123456789012345678e2",
    "1e-400",
    "-1E-0400",
    "2.5e-320",
    "NaN",
    "-Infinity",
  ]) {
    it(`are found wherever they stand in a page: ${number}`, () => {
      for (let pad = 0; pad < 40; pad++) {
        for (const page of [
          `[{"${"x".repeat(pad)}":${number}}]`,
          `[{"${"x".repeat(pad)}":[1, ${number} ]}]`,
        ]) {
          assert.ok(mayLoseNumbers(Buffer.from(page)), page);
        }
      }
    });
  }

  it("are not suspected in integers, short reals, ids and texts of digits", () => {
    const page = JSON.stringify([
      {
        a: "1503435956.00024700",
        b: 1.25,
        c: 1e-99,
        d: "3e-4123-8111",
        uuid: "0b1c2d3e-4123-4e-3123-8e-312345",
        n: "NaN",
      },
    ]).replace("1.25", "12345678901234567890123");
    assert.equal(mayLoseNumbers(Buffer.from(page)), false);
  });
});

describe("reading CSV record by record", () => {
  it("reads what was written, wherever the bytes are cut", () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é", ";") }),
    );
    const rows = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("\n", "\r\n"),
        (written, step, end) => {
          const text = ["h,h", ...written.map((row) => row.map(quoted).join(","))].join(end);
          assert.deepEqual(
            read(text, step).map(({ values }) => values),
            [["h", "h"], ...written],
          );
        },
      ),
    );
    function quoted(text: string | null): string {
      return text === null ? "" : `"${text.replaceAll('"', '""')}"`;
    }
  });

  it("goes on after a bad record, and knows its line", () => {
    const records = read('a,b\n"1\n2",3\n"x"y,4\n5,6\n"never closed,7\n8,9\n', 5);
    assert.deepEqual(
      records.map(({ line, values, bad }) => [line, bad ?? values]),
      [
        [1, ["a", "b"]],
        [2, ["1\n2", "3"]],
        [4, "text after a closing quote"],
        [5, ["5", "6"]],
        [6, "a quote that is not closed"],
        [7, ["8", "9"]],
      ],
    );
  });

  it("calls bytes that are not UTF-8 bad, record by record", () => {
    const reader = openCsvReader(",");
    const records = [...reader.push(Buffer.from([0x61, 10, 0xff, 10, 0x62])), ...reader.end()];
    assert.deepEqual(
      records.map(({ bad }) => bad),
      [undefined, "not UTF-8", undefined],
    );
  });

  it("takes a lone CR as a line's end where the header does", () => {
    assert.deepEqual(
      read("a,b\r1,2\r3,4", 100).map(({ line, values }) => [line, values]),
      [
        [1, ["a", "b"]],
        [2, ["1", "2"]],
        [3, ["3", "4"]],
      ],
    );
  });

  function read(text: string, step: number) {
    const reader = openCsvReader(",");
    const bytes = Buffer.from(text);
    const found = [];
    for (let at = 0; at < bytes.length; at += step) found.push(...reader.push(bytes.subarray(at, at + step)));
    found.push(...reader.end());
    return found;
  }
});
