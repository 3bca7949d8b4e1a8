import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { ofMachine } from "../../runtime/adapters/packer/failures.ts";
import { type ErrorCode, FirnError } from "../../runtime/core/errors.ts";
import type { Delivery } from "../../runtime/ports/packer.ts";
import { columns, openPackBench } from "../support/sources/parquet.ts";

type Format = Extract<Delivery, { kind: "file" }>["format"];

describe("packing delivered files", () => {
  let bench: Awaited<ReturnType<typeof openPackBench>>;
  const key = "a key that nobody may see";
  const hmac = (text: string) => createHmac("sha256", key).update(text).digest("hex");
  const withPii = columns(
    "a",
    { name: "email", from: "email", pii: "hash" },
    { name: "phone", from: "phone", pii: "drop" },
  );
  before(async () => {
    bench = await openPackBench();
  });
  after(() => bench.close());

  describe("CSV", () => {
    it("keeps text as written: quotes, commas, newlines, empty text apart from nothing", async () => {
      const { rows } = await land("csv", 'a,b\n"x ""y"", z\n2",\n,""\n007,1_000\n');
      assert.deepEqual(
        rows.map(({ a, b }) => [a, b]),
        [
          ['x "y", z\n2', null],
          [null, ""],
          ["007", "1_000"],
        ],
      );
      assert.deepEqual(
        rows.map(({ _record, _malformed }) => [_record, _malformed]),
        Array(3).fill([null, null]),
      );
    });

    for (const [what, text] of [
      ["a byte order mark", "\ufeffa,b\n1,2\n"],
      ["CRLF", "a,b\r\n1,2\r\n"],
      ["no last line end", "a,b\n1,2"],
      ["blank lines", "\n\na,b\n\n1,2\n\n"],
      ["columns in another order", "b,a\n2,1\n"],
    ] as const) {
      it(`reads a file with ${what}`, async () => {
        assert.deepEqual((await land("csv", text)).rows, [
          { a: "1", b: "2", _record: null, _malformed: null },
        ]);
      });
    }

    for (const text of ["", "\n", "\ufeff", "a,b\n", "a,b"]) {
      it(`makes no row of ${JSON.stringify(text)}, and no error`, async () => {
        assert.deepEqual(await land("csv", text), { rows: [], malformed: [] });
      });
    }

    it("keeps the whole row where the header is not as declared", async () => {
      assert.deepEqual((await land("csv", 'a,c,a\n1,"say ""é""",\n')).rows, [
        { a: "1", b: null, _record: '{"a":"1","c":"say \\"é\\"","a":null}', _malformed: null },
      ]);
    });

    for (const name of ["\n", "\r", "\r\n"])
      for (const end of ["\n", "\r", "\r\n"])
        it(`loses no row where a name holds ${JSON.stringify(name)} and lines end in ${JSON.stringify(end)}`, async () => {
          const { rows } = await land("csv", `a,b,"c${name}d"${end}1,"x${name}y",3${end}4,5,6${end}`);
          assert.deepEqual(
            rows.map(({ a, b }) => [a, b]),
            [
              ["1", `x${name}y`],
              ["4", "5"],
            ],
          );
        });

    it("takes the declared delimiter", async () => {
      const path = await bench.put("semicolon.csv", "a;b\n1,5;2\n");
      const rows = await bench.rows(
        await bench.pack(
          { kind: "file", path, format: "csv", gzip: false, delimiter: ";" },
          columns("a", "b"),
        ),
      );
      assert.deepEqual(
        rows.map(({ a, b }) => [a, b]),
        [["1,5", "2"]],
      );
    });

    it("puts bad lines apart with their number, text and reason, and loses no other", async () => {
      const bad = ["1", "2,3,4", '"5"x,6'];
      const body = Buffer.concat([
        Buffer.from(`a,b\nok,1\n${bad.join("\n")}\n"two\nlines",2\n7,`),
        Buffer.from([0xff]),
        Buffer.from('\nok,3\n"never closed,8\nok,4\n'),
      ]);
      const { rows, malformed } = await land("csv", body);
      assert.deepEqual(
        rows.map(({ a, b }) => [a, b]),
        [
          ["ok", "1"],
          ["two\nlines", "2"],
          ["ok", "3"],
          ["ok", "4"],
        ],
      );
      assert.deepEqual(malformed, [
        [3, "expected 2 columns, found 1: 1"],
        [4, "expected 2 columns, found 3: 2,3,4"],
        [5, 'text after a closing quote: "5"x,6'],
        [8, "not UTF-8: 7,\ufffd"],
        [10, 'a quote that is not closed: "never closed,8'],
      ]);
    });

    it("counts every line of a large file with bad ones", async () => {
      const lines = Array.from({ length: 200_000 }, (_, at) =>
        at % 1000 === 7 ? `${at}` : `${at},${"x".repeat(at % 50)}`,
      );
      const path = await bench.put("large.csv", `a,b\n${lines.join("\n")}\n`);
      const files = await bench.pack({ kind: "file", path, format: "csv", gzip: false }, columns("a", "b"));
      assert.deepEqual(
        files.map(({ rows, malformed }) => [rows, malformed]),
        [
          [199_800, false],
          [200, true],
        ],
      );
      const good = lines.filter((line) => line.includes(",")).map((line) => line.split(",")[0]);
      assert.deepEqual(
        (await bench.rows(files)).map(({ a }) => a),
        good,
      );
    });

    for (const [what, text] of [
      ["spaces around quotes", 'a,b\n "1" ,2\n'],
      ["one empty value too many", "a,b\n1,2,\n"],
      ["quotes inside a value", 'a,b\n1"x,2\n'],
      ["a nul character", "a,b\n1,x\0y\n"],
    ] as const) {
      it(`reads ${what} the same way beside a bad line as without one`, async () => {
        const body = text.includes("\0") ? `${"a,b\n"}${"1,2\n".repeat(300_000)}${text.slice(4)}` : text;
        assert.deepEqual(
          (await land("csv", `${body}bad\n`)).rows.at(-1),
          (await land("csv", body)).rows.at(-1),
        );
      });
    }

    it("hashes and drops PII, in rows, whole records and bad lines", async () => {
      const path = await bench.put(
        "pii.csv",
        "a,email,phone,EMAIL,x\n1,ann@x.org,555-01,bob@x.org,y\n2,,555-02,,\nann@x.org,555\n",
      );
      const files = await bench.pack({ kind: "file", path, format: "csv", gzip: false }, withPii, key);
      assert.deepEqual(await bench.rows(files), [
        { a: "1", email: hmac("ann@x.org"), _record: '{"a":"1","x":"y"}', _malformed: null },
        { a: "2", email: null, _record: '{"a":"2","x":null}', _malformed: null },
      ]);
      assert.match(
        (await bench.malformed(files))[0]?.[1] ?? "",
        /^expected 5 columns, found 2: 13 bytes with SHA-256 /,
      );
      assert.doesNotMatch((await bench.bytes(files)).toString("latin1"), /ann@|bob@|555|nobody/);
      const sound = await bench.put("sound.csv", "a,email,phone\n1,ann@x.org,555-01\n");
      const rows = await bench.rows(
        await bench.pack({ kind: "file", path: sound, format: "csv", gzip: false }, withPii, key),
      );
      assert.deepEqual(rows, [{ a: "1", email: hmac("ann@x.org"), _record: null, _malformed: null }]);
    });

    refuses(
      "a binary file",
      "csv",
      Buffer.from("PK\x03\x04\0\0\0\0zip"),
      /holds binary data where CSV was expected/,
    );
    refuses(
      "a header that is not UTF-8",
      "csv",
      Buffer.from([0x61, 0xff, 10, 0x31]),
      /has a header that cannot be read \(not UTF-8\)/,
    );
  });

  for (const [format, join] of [
    ["jsonl", (records: string[]) => `${records.join("\n")}\n`],
    ["json", (records: string[]) => `[${records.join(",\n")}]\n`],
  ] as const) {
    describe(format, () => {
      it("lands records as pages do", async () => {
        const sent = ['{"a":1,"b":"x"}', '{"b":null,"a":2}', '{"a":3}', '{"a":4,"b":5,"c":6}', "7"];
        const { rows } = await land(format, join(sent));
        assert.deepEqual(
          rows.map(({ a, b, _record }) => [a, b, _record]),
          [
            ["1", "x", null],
            ["2", null, null],
            ["3", null, sent[2]],
            ["4", "5", sent[3]],
            [null, null, "7"],
          ],
        );
      });

      it("is read by DuckDB where nothing stands against it, gzip or not", async () => {
        const body = join(['{"a":1,"b":"x"}', '{"a":2,"b":null}']);
        assert.equal((await land(format, body)).rows.length, 2);
        assert.equal((await land(format, gzipSync(body), true)).rows.length, 2);
        assert.deepEqual(bench.ways.slice(-2), ["uniform", "uniform"]);
      });

      it("keeps long numbers, wherever they lie in the file", async () => {
        const sent = Array.from({ length: 60_000 }, (_, at) => `{"a":${at},"b":"${"x".repeat(20)}"}`);
        sent[45_000] = '{"a":0.12345678901234567,"b":"y"}';
        const { rows } = await land(format, join(sent));
        assert.equal(rows.length, 60_000);
        assert.equal(rows[45_000]?.a, "0.12345678901234567");
        assert.deepEqual(
          rows.map(({ a }) => a).slice(44_990, 45_000),
          sent.slice(44_990, 45_000).map((each) => JSON.parse(each).a.toString()),
        );
      });

      it("puts bad records apart with their line, and keeps the others", async () => {
        const { rows, malformed } = await land(
          format,
          join(['{"a":1,"b":1}', '{"a":tru}', '{"a":"\\ud800"}', '{"a":2,"b":2}']),
        );
        assert.deepEqual(
          rows.map(({ a }) => a),
          ["1", "2"],
        );
        assert.deepEqual(malformed, [
          [2, '{"a":tru}'],
          [3, '{"a":"\\ud800"}'],
        ]);
      });

      it("withholds what is no object where it may hold PII", async () => {
        const path = await bench.put(`pii.${format}`, join(['"ann@x.org"', '[1,"ann@x.org"]', '{"a":2}']));
        const files = await bench.pack({ kind: "file", path, format, gzip: false }, withPii, key);
        assert.deepEqual(
          (await bench.rows(files)).map(({ a }) => a),
          ["2"],
        );
        const told = (await bench.malformed(files)).map(([, text]) => text);
        assert.equal(told.length, 2);
        for (const text of told)
          assert.match(text, /^not an object: \d+ bytes with SHA-256 \w{64}; the text is withheld/);
      });

      it("writes nothing of PII", async () => {
        const path = await bench.put(
          `pii.${format}`,
          join([
            '{"a":1,"email":"ann@x.org","phone":"555-01"}',
            '{"email":"ann@x.org","Email":"bob@x.org","phone":[555]}',
            '{"email":"ann@',
          ]),
        );
        if (format === "json")
          await bench.put(
            `pii.${format}`,
            join([
              '{"a":1,"email":"ann@x.org","phone":"555-01"}',
              '{"email":"ann@x.org","Email":"bob@x.org","phone":[555]}',
              '{"email":ann@}',
            ]),
          );
        const files = await bench.pack({ kind: "file", path, format, gzip: false }, withPii, key);
        assert.deepEqual(await bench.rows(files), [
          { a: "1", email: hmac("ann@x.org"), _record: null, _malformed: null },
          { a: null, email: hmac("ann@x.org"), _record: "{}", _malformed: null },
        ]);
        assert.match((await bench.malformed(files))[0]?.[1] ?? "", /^1\d bytes with SHA-256/);
        assert.doesNotMatch((await bench.bytes(files)).toString("latin1"), /ann@|bob@|555|nobody/);
      });

      it("reads gzip as it reads plain files", async () => {
        const body = gzipSync(join(['{"a":1,"b":2}', '{"a":1.00000000000000000001,"b":3}']));
        const { rows } = await land(format, body, true);
        assert.deepEqual(
          rows.map(({ a }) => a),
          ["1", "1.00000000000000000001"],
        );
        assert.deepEqual(
          (await land(format, gzipSync(join(['{"a":1,"b":2}'])), true)).rows.map(({ b }) => b),
          ["2"],
        );
      });

      it("reads a record larger than DuckDB is given room for", async () => {
        const { rows } = await land(
          format,
          join([`{"a":"${"x".repeat(9 * 1024 * 1024)}","b":1}`, '{"a":1,"b":2}']),
        );
        assert.deepEqual(
          rows.map(({ a, b }) => [a?.length, b]),
          [
            [9 * 1024 * 1024, "1"],
            [1, "2"],
          ],
        );
      });

      refuses(
        "a binary file",
        format,
        Buffer.from("\x89PNG\0\0"),
        /holds binary data where JSON was expected/,
      );
    });
  }

  describe("json", () => {
    refuses("an array that ends early", "json", '[{"a":1},{"a":2},', /ends before its array of records does/);
    refuses("an object", "json", '{"a":1}', /is not a JSON array of records/);
    refuses("two arrays", "json", "[1][2]", /goes on after its array/);
    it("makes no row of an empty array, and no error", async () => {
      assert.deepEqual(await land("json", "[]"), { rows: [], malformed: [] });
    });
  });

  it("makes no row of empty JSON lines, and no error", async () => {
    assert.deepEqual(await land("jsonl", ""), { rows: [], malformed: [] });
  });

  describe("gzip", () => {
    const whole = gzipSync(
      `a,b\n${Array.from({ length: 20_000 }, (_, at) => `${at},${(at * 7919) % 10007}`).join("\n")}\n`,
    );
    for (const format of ["csv", "jsonl", "json"] as const) {
      refuses(
        "a file that ends early",
        format,
        whole.subarray(0, whole.length - 5000),
        /is no whole gzip file/,
        true,
      );
      refuses("a file that is not gzip", format, "a,b\n1,2\n", /is no whole gzip file/, true);
    }
    refuses(
      "a wrong checksum",
      "csv",
      Buffer.concat([whole.subarray(0, -8), Buffer.from([1, 2, 3, 4]), whole.subarray(-4)]),
      /is no whole gzip file/,
      true,
    );
    it("reads CSV, of several members too", async () => {
      const { rows } = await land("csv", Buffer.concat([gzipSync("a,b\n1,2\n"), gzipSync("3,4\n")]), true);
      assert.deepEqual(
        rows.map(({ a }) => a),
        ["1", "3"],
      );
    });
  });

  describe("Parquet", () => {
    it("keeps every value as text that loses nothing", async () => {
      const values: [string, string, string | null][] = [
        ["t", "'é'", "é"],
        [
          "big",
          "170141183460469231731687303715884105727::HUGEINT",
          "170141183460469230000000000000000000000",
        ],
        ["i", "(-9223372036854775808)::BIGINT", "-9223372036854775808"],
        ["d", "12345678901234567890.1234567890::DECIMAL(30,10)", "12345678901234567890.1234567890"],
        ["f", "0.1::DOUBLE", "0.1"],
        ["s", "0.1::FLOAT", "0.1"],
        ["b", "true", "true"],
        ["day", "DATE '2024-02-29'", "2024-02-29"],
        ["z", "TIMESTAMPTZ '2024-01-01 02:00:00.123456+02'", "2024-01-01T00:00:00.123456Z"],
        ["local", "TIMESTAMP '2024-01-01 02:00:00'", "2024-01-01T02:00:00"],
        ["bytes", "'\\x00\\xFF'::BLOB", "AP8="],
        ["nested", "{'x': [1, 2], 'y': NULL, 'z': 1.10::DECIMAL(4,2)}", '{"x":[1,2],"y":null,"z":1.1}'],
        ["none", "NULL::INTEGER", null],
      ];
      const path = `${bench.folder}/types.parquet`;
      await bench.reader.run(
        `COPY (SELECT ${values.map(([name, value]) => `${value} AS ${name}`).join(", ")}) TO '${path}' (FORMAT parquet)`,
      );
      const [row] = await bench.rows(
        await bench.pack(
          { kind: "file", path, format: "parquet", gzip: false },
          columns(...values.map(([name]) => name)),
        ),
      );
      // Parquet itself has no integer of 128 bits: DuckDB writes it as a double.
      for (const [name, , expected] of values) if (name !== "big") assert.equal(row?.[name], expected, name);
      assert.equal(row?._record, null);
    });

    it("keeps undeclared columns beside, hashes and drops PII", async () => {
      const path = `${bench.folder}/pii.parquet`;
      await bench.reader.run(
        `COPY (SELECT 1 AS a, 'ann@x.org' AS email, '555' AS phone, 'bob@x.org' AS "Email2", [1.5] AS more) TO '${path}' (FORMAT parquet, COMPRESSION uncompressed)`,
      );
      const files = await bench.pack({ kind: "file", path, format: "parquet", gzip: false }, withPii, key);
      assert.deepEqual(await bench.rows(files), [
        {
          a: "1",
          email: hmac("ann@x.org"),
          _record: '{"a":"1","Email2":"bob@x.org","more":[1.5]}',
          _malformed: null,
        },
      ]);
      assert.doesNotMatch((await bench.bytes(files)).toString("latin1"), /ann@|555/);
    });

    it("keeps the order of a large file", async () => {
      const path = `${bench.folder}/large.parquet`;
      await bench.reader.run(
        `COPY (SELECT range AS a, range % 7 AS b FROM range(300000)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)`,
      );
      const files = await bench.pack(
        { kind: "file", path, format: "parquet", gzip: false },
        columns("a", "b"),
      );
      assert.equal(files[0]?.rows, 300_000);
      const [wrong] =
        (
          await bench.reader.runAndReadAll(
            `SELECT count(*) FROM read_parquet('${files[0]?.path}', file_row_number = true) WHERE a::BIGINT <> file_row_number`,
          )
        ).getRows()[0] ?? [];
      assert.equal(wrong, 0n);
    });

    refuses("a file that is no Parquet", "parquet", "a,b\n1,2\n", /is not a Parquet file that can be read/);
    refuses("Parquet inside gzip", "parquet", gzipSync("x"), /is Parquet inside gzip/, true);
  });

  it("takes odd characters in a file's name for what they are", async () => {
    const path = await bench.put("it's [a]*?=b.csv", "a,b\n1,2\n");
    await bench.put("it's a=b.csv", "a,b\n3,4\n");
    assert.deepEqual(
      (
        await bench.rows(
          await bench.pack({ kind: "file", path, format: "csv", gzip: false }, columns("a", "b")),
        )
      ).map(({ a }) => a),
      ["1"],
    );
  });

  it("says so where the file is gone", async () => {
    const path = await bench.put("gone.csv", "a\n1\n");
    await rm(path);
    await fails(
      "source.file_missing",
      /gone\.csv is gone|events is gone/,
      bench.pack({ kind: "file", path, format: "csv", gzip: false }, columns("a")),
    );
  });

  it("says so where the disk is full, whoever notices", () => {
    for (const error of [
      Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }),
      new Error('IO Error: Could not write file "/x/pack.parquet": No space left on device'),
    ]) {
      const told = ofMachine(error, "events");
      assert.equal(told?.code, "store.full");
      assert.match(told?.message ?? "", /events could not be packed: the disk is full.*Free some space/s);
    }
  });

  it("says so where the folder for its files is missing", async () => {
    const { packer, folder } = bench;
    const delivery: Delivery = { kind: "pages", pages: [] };
    const run = packer.pack({
      columns: columns("a"),
      delivery,
      folder: `${folder}/nowhere`,
      subject: "events",
    });
    await fails(
      "environment.invalid",
      /nowhere, for files on their way into the lake, cannot be written/,
      run,
    );
  });

  function refuses(
    what: string,
    format: Format,
    body: string | Uint8Array,
    saying: RegExp,
    gzip = false,
  ): void {
    it(`refuses ${what}${gzip ? ` of ${format}` : ""}`, async () => {
      await fails("source.file_malformed", saying, land(format, body, gzip));
    });
  }

  async function land(format: Format, body: string | Uint8Array, gzip = false) {
    const path = await bench.put(`delivered.${format}`, body);
    const files = await bench.pack({ kind: "file", path, format, gzip }, columns("a", "b"));
    return { rows: await bench.rows(files), malformed: await bench.malformed(files) };
  }

  async function fails(code: ErrorCode, saying: RegExp, run: Promise<unknown>): Promise<void> {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof FirnError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, saying);
      return true;
    });
  }
});
