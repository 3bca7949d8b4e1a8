import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { formsOf, openSearch } from "./canary.ts";

const value = 'planted/"ü"+canary\\5e3d==';

describe("the search for secrets", () => {
  const search = openSearch({ planted: value });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "firn-planted-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const found = async () => [
    ...new Set((await search.opened(folder)).map(({ where }) => where.split(",")[0])),
  ];

  for (const [form, text] of Object.entries(formsOf(value))) {
    it(`finds one in a file in its form ${form}`, async () => {
      await writeFile(join(folder, "a.jsonl"), `before ${text} after`);
      assert.deepEqual(await found(), ["a.jsonl"]);
    });
  }

  it("finds one in user:password as a header has it", () => {
    const header = Buffer.from(`ann:${value}`).toString("base64");
    assert.ok(search.text("a header", `Basic ${header}`).length > 0);
  });

  it("finds one in a compressed Parquet file, a gzip file, a table of a database and a file's name", async () => {
    const instance = await DuckDBInstance.create(join(folder, "w.duckdb"));
    const connection = await instance.connect();
    const text = `repeat('x', 5000) || '${value}'`;
    await connection.run(
      `COPY (SELECT ${text} AS a FROM range(1000)) TO '${join(folder, "p.parquet")}' (COMPRESSION zstd)`,
    );
    await connection.run(`CREATE SCHEMA s; CREATE TABLE s.t AS SELECT ${text} AS a FROM range(1000)`);
    connection.closeSync();
    instance.closeSync();
    await writeFile(join(folder, "z.gz"), gzipSync(`x${value}`));
    await mkdir(join(folder, encodeURIComponent(value)));
    assert.deepEqual(
      (await found()).sort(),
      [`the name of ${encodeURIComponent(value)}`, "p.parquet", "w.duckdb", "z.gz"].sort(),
    );
  });

  it("finds one deep in an error: in a cause's properties, in a stack, in bytes it holds", () => {
    const deep = Object.assign(new Error("inner"), {
      request: { headers: [["authorization", `Bearer ${value}`]] },
    });
    assert.ok(
      search.error("e", new Error("outer", { cause: new Error("middle", { cause: deep }) })).length > 0,
    );
    const holding = Object.assign(new Error("body"), { body: Buffer.from(`x${value}`) });
    assert.ok(search.error("e", new Error("outer", { cause: holding })).length > 0);
    const stacked = new Error("plain");
    stacked.stack = `Error: plain\n    at read (https://x/?token=${encodeURIComponent(value)})`;
    assert.ok(search.error("e", stacked).length > 0);
  });

  it("finds nothing where nothing is, nor in what is exempt", async () => {
    await mkdir(join(folder, "pii-keys"));
    await writeFile(join(folder, "pii-keys", "team"), value);
    await writeFile(join(folder, "a"), value.slice(0, -3));
    assert.deepEqual(await search.opened(folder, ["pii-keys"]), []);
  });
});
