import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openFilesSource } from "../../runtime/adapters/sources/files.ts";
import { sources } from "../../runtime/adapters/sources/index.ts";
import type { PlannedFile } from "../../runtime/core/batch.ts";
import { type ErrorCode, FirnError } from "../../runtime/core/errors.ts";
import type { FilesSource } from "../../runtime/declare.ts";
import type { Chunk, SkippedFile } from "../../runtime/ports/source.ts";
import { stillClock } from "../support/sources/server.ts";

describe("reading delivered files", () => {
  const source = openFilesSource({ clock: stillClock() });
  let inbox: string;
  beforeEach(async () => {
    inbox = await mkdtemp(join(tmpdir(), "firn-inbox-"));
  });
  afterEach(() => rm(inbox, { recursive: true }));

  it("lists files in the order of their paths' bytes, of any depth", async () => {
    await put("b.csv", "a/z.csv", "a.csv", "é.csv", "Z.csv", "a-1.csv", "🦉.csv", "\uffee.csv");
    assert.deepEqual(await paths(), [
      "Z.csv",
      "a-1.csv",
      "a.csv",
      "a/z.csv",
      "b.csv",
      "é.csv",
      "\uffee.csv",
      "🦉.csv",
    ]);
  });

  it("leaves out what is still being written, hidden or a folder", async () => {
    await put("a.csv", "b.csv.tmp", "c.PART", ".d.csv", ".git/e.csv");
    await mkdir(join(inbox, "empty.csv"));
    assert.deepEqual(await paths(), ["a.csv"]);
  });

  for (const [pattern, expected] of [
    ["*.csv", ["a.csv"]],
    ["**/*.csv", ["a.csv", "x/a.csv", "x/y/a.csv"]],
    ["x/**", ["x/a.csv", "x/b+c.jsonl", "x/y/a.csv"]],
    ["x/b+*", ["x/b+c.jsonl"]],
    ["x/b.c*", []],
  ] as const) {
    it(`takes the pattern ${pattern} for the whole path`, async () => {
      await put("a.csv", "x/a.csv", "x/y/a.csv", "x/b+c.jsonl");
      assert.deepEqual(await paths({ pattern }), expected);
    });
  }

  it("gives each file's format by its ending, plain or gzip, or as declared", async () => {
    await put("a.CSV", "b.csv.gz", "c.jsonl", "d.ndjson.gz", "e.json", "f.parquet");
    const formats = (await read()).map(
      (chunk) =>
        "delivery" in chunk && chunk.delivery.kind === "file" && [chunk.delivery.format, chunk.delivery.gzip],
    );
    assert.deepEqual(formats, [
      ["csv", false],
      ["csv", true],
      ["jsonl", false],
      ["jsonl", true],
      ["json", false],
      ["parquet", false],
    ]);
    const declared = await read({ format: "csv", csv: { delimiter: ";" }, pattern: "c.*" });
    assert.deepEqual(
      declared.map((chunk) => "delivery" in chunk && chunk.delivery),
      [{ kind: "file", path: join(inbox, "c.jsonl"), format: "csv", gzip: false, delimiter: ";" }],
    );
  });

  it("skips a planned file that is gone or was changed, and goes on", async () => {
    await put("a.csv", "b.csv", "c.csv", "d.csv");
    const planned = await source.list?.(declared(), inbox);
    await rm(join(inbox, "a.csv"));
    await writeFile(join(inbox, "b.csv"), "longer than it was");
    await utimes(join(inbox, "c.csv"), 1, 1);
    const chunks = await read({}, planned);
    assert.deepEqual(
      chunks.map((chunk) =>
        "skipped" in chunk ? [chunk.skipped.path, chunk.status] : [chunk.file?.path, chunk.bytes],
      ),
      [
        ["a.csv", "missing"],
        ["b.csv", "changed"],
        ["c.csv", "changed"],
        ["d.csv", 5],
      ],
    );
  });

  it("says of one file what the list would", async () => {
    await put("a.csv");
    const [file] = (await source.list?.(declared(), inbox)) ?? [];
    assert.equal(await source.etag?.(declared(), inbox, "a.csv"), file?.etag);
    assert.equal(await source.etag?.(declared(), inbox, "b.csv"), undefined);
  });

  it("refuses a file whose format nothing tells, and says how to", () =>
    fails("source.file_malformed", /format of report\.xlsx cannot be told.*Set format/s, async () => {
      await put("report.xlsx");
      await read();
    }));

  it("refuses a link that leads out of the inbox, and takes one within it", async () => {
    await put("a.csv");
    await symlink("a.csv", join(inbox, "b.csv"));
    assert.deepEqual(await paths(), ["a.csv", "b.csv"]);
    await symlink(join(inbox, "..", "outside.csv"), join(inbox, "broken.csv"));
    assert.deepEqual(await paths(), ["a.csv", "b.csv"]);
    await symlink("/etc/hostname", join(inbox, "c.csv"));
    await fails("store.denied", /c\.csv in the inbox is a link that leads out of it/, paths);
  });

  it("takes a missing folder for a mistake", () =>
    fails("environment.invalid", /inbox of connection "drops".*is no folder.*FIRN_CONNECTION_DROPS/s, () =>
      source.list?.(declared(), join(inbox, "nowhere")),
    ));

  it("says which folder may not be read", async () => {
    await put("x/a.csv");
    await chmod(inbox, 0o755);
    await chmod(join(inbox, "x"), 0);
    // Root may read everything, so it becomes nobody for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      await fails("store.denied", /x in the inbox may not be read/, paths);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(join(inbox, "x"), 0o700);
    }
  });

  it("is one of the kinds of source, each opened by its name", async () => {
    assert.equal((await sources.files()).openFilesSource, openFilesSource);
    assert.ok((await sources.http()).openHttpSource);
  });

  function declared(change: Partial<FilesSource> = {}): FilesSource {
    return { kind: "files", connection: "drops", ...change };
  }

  async function put(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(join(inbox, name)), { recursive: true });
      await writeFile(join(inbox, name), "a\n1\n\n");
    }
  }

  async function paths(change: Partial<FilesSource> = {}): Promise<string[] | undefined> {
    return (await source.list?.(declared(change), inbox))?.map(({ path }) => path);
  }

  async function read(
    change: Partial<FilesSource> = {},
    planned?: PlannedFile[],
  ): Promise<(Chunk | SkippedFile)[]> {
    const files = planned ?? (await source.list?.(declared(change), inbox)) ?? [];
    const chunks: (Chunk | SkippedFile)[] = [];
    for await (const chunk of source.read({
      declaration: declared(change),
      shard: { name: "s", files },
      address: inbox,
    }))
      chunks.push(chunk);
    return chunks;
  }

  async function fails(
    code: ErrorCode,
    saying: RegExp,
    run: () => Promise<unknown> | undefined,
  ): Promise<void> {
    await assert.rejects(
      async () => run(),
      (error) => {
        assert.ok(error instanceof FirnError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, saying);
        return true;
      },
    );
  }
});
