import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { FirnError } from "../../runtime/core/errors.ts";
import { columns, type Landed, openPackBench, pagesOf } from "../support/sources/parquet.ts";

describe("packing pages", () => {
  let bench: Awaited<ReturnType<typeof openPackBench>>;
  before(async () => {
    bench = await openPackBench();
  });
  after(() => bench.close());

  async function land(page: string): Promise<Landed[]> {
    return bench.rows(await bench.pack(pagesOf(page), columns("id", "n")));
  }

  /** A number of 17 digits sends a page the careful way, whatever else it holds. */
  const careful = '{"id":0.12345678901234567}';

  for (const [what, expected, page] of [
    ["as declared", "uniform", '[{"id":1,"n":"x"},{"id":null,"n":{"a":1}}]'],
    ["as declared, in another order", "uniform", '[{"n":1,"id":"x"}]'],
    ["with another shape somewhere", "general", '[{"id":1,"n":"x"},{"n":1,"id":2}]'],
    ["with an undeclared field", "general", '[{"id":1,"n":"x","m":0}]'],
    ["with a repeated field", "general", '[{"id":1,"n":"x","n":0},{"id":1,"n":"x"}]'],
    ["that are no objects", "general", "[1]"],
    ["with a long number", "by record", '[{"id":1,"n":0.12345678901234567}]'],
    ["of which one is no JSON", "by record", '[{"id":1,"n":1},{"id":tru,"n":1}]'],
  ] as const) {
    it(`reads records ${what} in the cheapest way that keeps all: ${expected}`, async () => {
      await land(page);
      assert.equal(bench.ways.at(-1), expected);
    });
  }

  for (const [path, pack] of [
    ["in DuckDB", land],
    ["record by record", async (page: string) => (await land(`[${careful},${page.slice(1)}`)).slice(1)],
  ] as const) {
    describe(path, () => {
      it("keeps delivered order, texts, nulls and numbers", async () => {
        assert.deepEqual(
          await pack('[{"id":"b","n":1.5},{"id":"a","n":null},{"n":12345678901234567890123,"id":true}]'),
          [
            { id: "b", n: "1.5", _record: null, _malformed: null },
            { id: "a", n: null, _record: null, _malformed: null },
            { id: "true", n: "12345678901234567890123", _record: null, _malformed: null },
          ],
        );
      });

      it("keeps the whole record where a field is missing, undeclared or repeated", async () => {
        const page = [
          '{"id":"1"}',
          '{"id":"2","n":1,"x":{"y":[]}}',
          '{"id":"3","n":1,"id":"4"}',
          '{"ID":"5","n":2}',
        ];
        assert.deepEqual(
          await pack(`[${page.join(",")}]`),
          [
            ["1", null],
            ["2", "1"],
            ["3", "1"],
            [null, "2"],
          ].map(([id, n], at) => ({ id, n, _record: page[at], _malformed: null })),
        );
      });

      it("keeps a record that is no object, with every column null", async () => {
        const page = ["3", '"text"', "null", "[1,2]", "{}"];
        assert.deepEqual(
          await pack(`[${page.join(",")}]`),
          page.map((_record) => ({ id: null, n: null, _record, _malformed: null })),
        );
      });

      it("lands names and values with quotes, escapes, nul and other scripts", async () => {
        assert.deepEqual(await pack('[{"id":"\\u0000 \\"it\'s\\" é 🦉 \\ud83e\\udd89","n":"$1; DROP"}]'), [
          { id: '\u0000 "it\'s" é 🦉 🦉', n: "$1; DROP", _record: null, _malformed: null },
        ]);
      });
    });
  }

  it("keeps every digit of numbers a double cannot hold", async () => {
    const numbers = ["0.12345678901234567", "1e-400", "100000000000000000000.5", "1e400", "4.94e-324"];
    for (const number of numbers) {
      const rows = await land(`[{"id":"1","n":${number}},{"id":"2","n":{"deep":[${number}]}}]`);
      assert.deepEqual(
        rows.map(({ n }) => n),
        [number, `{"deep":[${number}]}`],
      );
    }
  });

  it("lands what is no JSON as malformed, in its place, and the records around it", async () => {
    assert.deepEqual(await land('[{"id":"1","n":1},{"id":tru},{"id":"2","n":NaN},{"id":"3","n":3}]'), [
      { id: "1", n: "1", _record: null, _malformed: null },
      { id: null, n: null, _record: null, _malformed: '{"id":tru}' },
      { id: null, n: null, _record: null, _malformed: '{"id":"2","n":NaN}' },
      { id: "3", n: "3", _record: null, _malformed: null },
    ]);
  });

  it("lands half a surrogate pair as malformed, since no UTF-8 text can hold it", async () => {
    const page = ['{"id":"\\ud800","n":1}', '{"id":"\\\\ud800","n":1}', '{"id":"1","n":{"x":"\\udc00"}}'];
    const rows = await land(`[${page.join(",")}]`);
    assert.deepEqual(
      rows.map(({ _malformed }) => _malformed),
      [page[0], null, page[2]],
    );
    assert.equal(rows[1]?.id, "\\ud800");
  });

  it("lands bytes that are not UTF-8 as malformed", async () => {
    const page = Buffer.concat([
      Buffer.from('[{"id":"1","n":1},{"id":"'),
      Buffer.from([0xff]),
      Buffer.from('","n":1}]'),
    ]);
    const rows = await bench.rows(await bench.pack({ kind: "pages", pages: [page] }, columns("id", "n")));
    assert.deepEqual(
      rows.map(({ _malformed }) => _malformed),
      [null, '{"id":"\ufffd","n":1}'],
    );
  });

  it("takes names that differ in case for different fields", async () => {
    const both = [
      { name: "lower", from: "id" },
      { name: "upper", from: "ID" },
      { name: "odd", from: `it's "x"` },
    ];
    const page = `[{"id":1,"ID":2,"it's \\"x\\"":3},{"ID":5,"id":4,"it's \\"x\\"":6}]`;
    assert.deepEqual(await bench.rows(await bench.pack(pagesOf(page), both)), [
      { lower: "1", upper: "2", odd: "3", _record: null, _malformed: null },
      { lower: "4", upper: "5", odd: "6", _record: null, _malformed: null },
    ]);
  });

  for (const [way, text, values] of [
    ["uniform", "x", ['{"a":[1]}', "[]", "null"]],
    [
      "general",
      "{}",
      ['{"a":[1]}', '"{}"', '"\\u007b}"', '"[1]"', '"null"', "null", "1.5", "true", '""', '"x"'],
    ],
    ["general", "x", ["{}", "1.5", "null"]],
    ["general", "x", ["{}", '"[1]"', "null"]],
    ["general", "x", ["{}", '"null"', "null"]],
    ["by record", "x", ['"{}"', '"null"', "null", "true", "0.12345678901234567", "[1]"]],
  ] as const) {
    it(`keeps a JSON column's value as sent, so that text and JSON stay distinct: ${values.join(" ")}`, async () => {
      const declared = columns("id", { name: "doc", from: "d~o/c", json: true });
      const page = `[${values.map((value) => `{"id":"${text}","d~o/c":${value}}`).join(",")}]`;
      const rows = await bench.rows(await bench.pack(pagesOf(page), declared));
      assert.equal(bench.ways.at(-1), way);
      assert.deepEqual(
        rows.map(({ doc }) => (doc === null ? null : JSON.stringify(JSON.parse(String(doc))))),
        values.map((value) => (value === "null" ? null : JSON.stringify(JSON.parse(value)))),
      );
    });
  }

  it("makes one file of many pages, empty ones too, and none of no record", async () => {
    const pages = Array.from({ length: 40 }, (_, page) =>
      JSON.stringify(
        page % 3 ? Array.from({ length: 997 }, (_, at) => ({ id: page * 1000 + at, n: null })) : [],
      ),
    );
    const files = await bench.pack(pagesOf(...pages), columns("id", "n"));
    assert.equal(files.length, 1);
    const expected = pages.flatMap((page) =>
      (JSON.parse(page) as { id: number }[]).map(({ id }) => String(id)),
    );
    assert.equal(files[0]?.rows, expected.length);
    assert.deepEqual(
      (await bench.rows(files)).map(({ id }) => id),
      expected,
    );
    assert.deepEqual(await bench.pack(pagesOf("[]", " [ ] "), columns("id")), []);
  });

  it("leaves nothing behind but the files it names", async () => {
    const before = readdirSync(bench.folder);
    await bench.pack(pagesOf("[]"), columns("id"));
    await assert.rejects(bench.pack(pagesOf("[1,"), columns("id")));
    const [file] = await bench.pack(pagesOf("[1]"), columns("id"));
    assert.deepEqual(
      readdirSync(bench.folder)
        .filter((name) => !before.includes(name))
        .map((name) => `${bench.folder}/${name}`),
      [file?.path],
    );
  });

  for (const [what, page, code, saying] of [
    ["ends early", '[{"id":1},{"id":2}', "source.truncated", /page of events ends before .* Run again/s],
    ["ends after a comma", '[{"id":1},', "source.truncated", /ends before/],
    ["is empty", "", "source.truncated", /ends before/],
    [
      "is HTML",
      "<!doctype html><p>sign in",
      "source.not_json",
      /looks like HTML.*records in the declaration/s,
    ],
    ["is an object", '{"id":1}', "source.not_json", /not a JSON array of records\./],
    ["goes on after its end", "[1]{}", "source.not_json", /goes on after/],
  ] as const) {
    it(`refuses a page that ${what}`, async () => {
      await assert.rejects(bench.pack(pagesOf("[]", page), columns("id")), (error) => {
        assert.ok(error instanceof FirnError);
        assert.equal(error.code, code);
        assert.match(error.message, saying);
        assert.doesNotMatch(error.message, /sign in/);
        return true;
      });
    });
  }

  describe("with PII", () => {
    const declared = columns(
      "id",
      { name: "email", from: "email", pii: "hash" },
      { name: "phone", from: "Phone", pii: "drop" },
    );
    const key = "a key that nobody may see";
    const hmac = (text: string) => createHmac("sha256", key).update(text).digest("hex");

    it("hashes as node:crypto does, for any key and any text", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ minLength: 1, maxLength: 100, unit: "grapheme" }),
          fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 5 }),
          async (piiKey, texts) => {
            const page = JSON.stringify(texts.map((email) => ({ id: "1", email, Phone: "5" })));
            const rows = await bench.rows(await bench.pack(pagesOf(page), declared, piiKey));
            assert.deepEqual(
              rows.map(({ email }) => email),
              texts.map((text) => createHmac("sha256", piiKey).update(text).digest("hex")),
            );
          },
        ),
        { numRuns: 40 },
      );
    });

    it("writes nothing of a hashed or dropped value, in any column, in any spelling of the name", async () => {
      const page =
        '[{"id":"1","email":"ann@x.org","Phone":"555-01"},{"id":"2","EMAIL":"ann@x.org","phone":"555-01","more":[1 ]},{"id":"3","email":null,"Phone":null,"email":"ann@x.org"}]';
      const files = await bench.pack(pagesOf(page), declared, key);
      assert.deepEqual(await bench.rows(files), [
        { id: "1", email: hmac("ann@x.org"), _record: null, _malformed: null },
        { id: "2", email: null, _record: '{"id":"2","more":[1 ]}', _malformed: null },
        { id: "3", email: null, _record: '{"id":"3"}', _malformed: null },
      ]);
      assert.doesNotMatch((await bench.bytes(files)).toString("latin1"), /ann@|555-01|nobody/);
    });

    it("lands a page read in memory as it does record by record, and each page in its own way", async () => {
      const text = fc.string({ unit: "binary", maxLength: 8 }).map((each) => JSON.stringify(each));
      const value = fc.oneof(
        text,
        fc.constantFrom("null", "true", '{"a": [1]}', '"[1"', '"\\u0000"'),
        fc.constantFrom("1", "12", "-0", "1.5", "-0.50", "1e3", "1E-7", '"1.5"'),
      );
      const regular = fc
        .tuple(text, value, value)
        .map(([id, email, phone]) => `{"id":${id},"email":${email},"Phone":${phone}}`);
      const page = fc.array(fc.oneof({ weight: 20, arbitrary: regular }, value), { maxLength: 6 });
      const ways = new Set<unknown>();
      await fc.assert(
        fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 4 }), async (pages) => {
          const texts = pages.map((records) => `[${records.join(",")}]`);
          const slow = texts.map((text) => `[${careful}${text === "[]" ? "" : ","}${text.slice(1)}`);
          const quickly = await bench.rows(await bench.pack(pagesOf(...texts), declared, key));
          ways.add(bench.ways.at(-1));
          const slowly = await bench.rows(await bench.pack(pagesOf(...slow), declared, key));
          assert.deepEqual(
            quickly,
            slowly.filter(({ _record }) => _record !== careful),
          );
        }),
        { numRuns: 200 },
      );
      assert.deepEqual(ways, new Set(["in memory", "by record"]));
    });

    it("withholds the text of malformed records, and names its length and SHA-256", async () => {
      const rows = await bench.rows(await bench.pack(pagesOf('[{"email":"ann@x.org",}]'), declared, key));
      assert.match(String(rows[0]?._malformed), /^22 bytes with SHA-256 [0-9a-f]{64}; the text is withheld/);
    });

    it("refuses to hash without a key", async () => {
      await assert.rejects(bench.pack(pagesOf("[]"), declared), /internal\.bug|was given no key/);
    });
  });

  it("returns any record equal to what was sent, whichever way it went", async () => {
    const number = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
      fc.tuple(fc.bigInt(), fc.stringMatching(/^[0-9]{1,30}$/)).map(([whole, part]) => `${whole}.${part}`),
      fc
        .tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -420, max: 420 }))
        .map(([digits, exponent]) => `${digits}e${exponent}`),
      fc.constantFrom("-0", "1.10", "0.0", "-0.0", "1E5"),
    );
    const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => JSON.stringify(value));
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 2 },
        number,
        text,
        fc.constantFrom("null", "true", "false", '""'),
        fc.array(tie("value"), { maxLength: 3 }).map((each) => `[${each.join(", ")}]`),
        fc
          .array(fc.tuple(text, tie("value")), { maxLength: 3 })
          .map((each) => `{${each.map(([k, v]) => `${k}:${v}`).join(",")}}`),
      ),
    }));
    const name = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('"id"', '"n"', '"o\'d \\"d"') },
      fc.constantFrom('"ID"', '"\\u0069d"', '"x"', '""'),
      text,
    );
    const regular = fc.tuple(value, value, value).map(([a, b, c]) => `{"id":${a},"n":${b},"o'd \\"d":${c}}`);
    const record = fc.oneof(
      { weight: 3, arbitrary: regular },
      {
        weight: 3,
        arbitrary: fc
          .array(fc.tuple(name, value), { maxLength: 5 })
          .map((each) => `{${each.map(([k, v]) => `${k} : ${v}`).join(" ,")}}`),
      },
      value,
    );
    const ways = new Set<unknown>();
    const declared = columns("id", "n", { name: "odd", from: `o'd "d` });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.array(record, { maxLength: 6 }), fc.array(regular, { maxLength: 6 })),
        fc.boolean(),
        async (records, slowly) => {
          const first = slowly ? [careful] : [];
          const landed = await bench.rows(
            await bench.pack(pagesOf(`[${[...first, ...records].join(",")}]`), declared),
          );
          ways.add(bench.ways.at(-1));
          const rows = landed.slice(first.length);
          assert.equal(rows.length, records.length);
          records.forEach((sent, at) => {
            const row = rows[at] as Landed;
            assert.equal(row._malformed, null);
            const fields = entries(sent);
            const exact =
              fields !== null &&
              fields.length === 3 &&
              declared.every(({ from }) => fields.some(([key]) => key === from));
            if (row._record === null) assert.ok(exact, `${sent} is not kept`);
            else assert.equal(row._record, sent);
            assert.equal(row._record === null, exact);
            for (const { name, from } of declared) {
              const raw = fields?.find(([key]) => key === from)?.[1];
              assert.deepEqual(
                shown(row[name] ?? null),
                shown(
                  raw === undefined || raw === "null" ? null : raw.startsWith('"') ? JSON.parse(raw) : raw,
                ),
                sent,
              );
            }
          });
        },
      ),
      { numRuns: 400 },
    );
    assert.deepEqual(ways, new Set(["uniform", "general", "by record"]));

    /** Fields of generated text by JSON.parse's own source text access; repeated keys by position. */
    function entries(json: string): [string, string][] | null {
      if (!json.startsWith("{")) return null;
      const found: [string, string][] = [];
      let depth = 0;
      let inString = false;
      let from = 1;
      const parts: string[] = [];
      for (let i = 0; i < json.length; i++) {
        const c = json[i];
        if (inString) {
          if (c === "\\") i++;
          else if (c === '"') inString = false;
        } else if (c === '"') inString = true;
        else if (c === "{" || c === "[") depth++;
        else if (c === "}" || c === "]") depth--;
        if (!inString && ((depth === 1 && c === ",") || (depth === 0 && c === "}"))) {
          parts.push(json.slice(from, i).trim());
          from = i + 1;
        }
      }
      for (const part of parts.filter((each) => each !== "")) {
        const key = /^"(?:[^"\\]|\\.)*"/s.exec(part)?.[0] as string;
        found.push([JSON.parse(key), part.slice(key.length).trimStart().slice(1).trim()]);
      }
      return found;
    }
  });
});

/** A column's text with numbers as exact decimals, so that 1.10 equals 1.1 and 1e2 equals 100. */
function shown(text: string | null): unknown {
  if (text === null) return null;
  return text
    .replaceAll(/("(?:[^"\\]|\\.)*")\s*|\s+/g, (_all, string?: string) =>
      string === undefined ? "" : JSON.stringify(safe(string)),
    )
    .replaceAll(
      /("(?:[^"\\]|\\.)*")|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
      (all, string?: string) => string ?? decimal(all),
    );
}

function safe(string: string): string {
  try {
    return JSON.parse(string);
  } catch {
    return string;
  }
}

function decimal(number: string): string {
  const [, sign, whole, part = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    number,
  ) as RegExpExecArray;
  const digits = BigInt(`${whole}${part}`);
  if (digits === 0n) return "0";
  let text = digits.toString();
  let power = Number(exponent) - part.length;
  while (text.endsWith("0")) {
    text = text.slice(0, -1);
    power++;
  }
  return `${sign}${text}e${power}`;
}
