import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { runLocally } from "#orchestrate/local";
import { loadStacks } from "#stacks";
import { openLocalWorld } from "#worlds/local";
import { openBench, orders } from "./support.ts";

const preload = new URL("fail-writes.ts", import.meta.url).href;
const ids = Array.from({ length: 20 }, (_, at) => at + 1);

describe("what can be wrong with the machine, the lake and the settings", function () {
  this.timeout(30_000);
  let bench: ReturnType<typeof openBench>;
  beforeEach(() => {
    bench = openBench();
    bench.drop("orders-1.csv", orders(ids));
  });
  afterEach(() => bench.close());

  it("a secret that is not set: says which variable, and asks the source for nothing", async () => {
    const { code, stdout } = await bench.firn("run", "learner_activity");
    assert.match(told(stdout, "secret.missing"), /Set FIRN_SECRET_LEARNING_PLATFORM_TOKEN, or add/);
    assert.equal(code, 2);
  });

  it("a connection without an address: says where to write it", async () => {
    const { environment } = loadStacks("local");
    const world = openLocalWorld({ ...environment, connections: {} }, { folder: bench.world, variables: {} });
    try {
      const releases = await world.putReleases(loadStacks("local"));
      const release = releases.get("commerce")?.hash ?? "";
      const { error } = await runLocally({ team: "commerce", pipeline: "orders", release, run: "r" }, world);
      assert.equal(error?.code, "connection.missing");
      assert.match(
        error.message,
        /Connection "orders_inbox" has no address in environment "local".*stacks\/environments\/local\.ts, or set FIRN_CONNECTION_ORDERS_INBOX/,
      );
    } finally {
      await world.close();
    }
  });

  it("a release that the lake has lost: says how to put it again", async () => {
    const world = openLocalWorld(loadStacks("local").environment, { folder: bench.world, variables: {} });
    const { error } = await runLocally(
      { team: "commerce", pipeline: "orders", release: "ab".repeat(32), run: "r" },
      world,
    );
    await world.close();
    assert.equal(error?.code, "release.missing");
    assert.match(error.message, /Release abababababab with pipeline "orders" is not in the lake.*firn run/);
  });

  it("a failure that nobody foresaw: is called a bug, never tried again, and the next run goes on", async () => {
    const stacks = loadStacks("local");
    const variables = { FIRN_CONNECTION_ORDERS_INBOX: bench.inbox };
    const world = openLocalWorld(stacks.environment, { folder: bench.world, variables });
    const release = (await world.putReleases(stacks)).get("commerce")?.hash ?? "";
    const broken = { ...world, packer: () => Promise.reject(new TypeError("x is not a function")) };
    const { error, retries } = await runLocally(
      { team: "commerce", pipeline: "orders", release, run: "r" },
      broken,
    );
    await world.close();
    assert.equal(error?.code, "internal.bug");
    assert.match(error.message, /a way it does not know: x is not a function.*--debug/);
    assert.equal(retries, 0);
    assert.equal((await bench.firn("run", "orders")).code, 0);
  });

  it("a file changed in place after it was read: alerts, and keeps what was read", async () => {
    await bench.firn("run", "orders");
    const before = await bench.firn("digest", "silver.orders");
    bench.drop(
      "orders-1.csv",
      orders(ids, () => "77"),
    );
    const { code, stderr } = await bench.firn("run", "orders");
    assert.match(
      stderr,
      /^ALERT warning source\.file_changed commerce\.orders: orders-1\.csv was changed in place after it was read\. .*deliver it under a new name/m,
    );
    assert.equal(code, 0);
    assert.equal((await bench.firn("digest", "silver.orders")).stdout, before.stdout);
  });

  it("an empty file: waits until something is in it; a header alone holds no rows", async () => {
    for (const name of ["none.csv", "none.jsonl"]) bench.drop(name, "");
    bench.drop("header.csv", orders([]));
    assert.match((await bench.firn("run", "orders")).stdout, /^commerce\.orders +2 files +20 +20 +0 +20 /m);
    bench.drop("none.csv", orders([101]));
    assert.match((await bench.firn("run", "orders")).stdout, /^commerce\.orders +1 file +1 +1 +0 +1 /m);
  });

  it("a CSV without its header: is refused, since its first row would be taken for one", async () => {
    bench.drop("orders-2.csv", orders([101]).split("\n").slice(1).join("\n"));
    const { code, stdout } = await bench.firn("run", "orders");
    assert.match(
      told(stdout, "source.file_malformed"),
      /orders-2\.csv names no declared column in its first line, which should be its header/,
    );
    assert.equal(code, 1);
  });

  it("a --dir that is a file: says so", async () => {
    const { code, stderr } = await bench.firn("--dir", join(bench.inbox, "orders-1.csv"), "status");
    assert.match(told(stderr, "environment.invalid"), /orders-1\.csv is no folder/);
    assert.equal(code, 2);
  });

  it("variables in the folder's own file: are taken, and the environment's win", async function () {
    // The source is tried again and again, each time after a longer wait.
    this.timeout(60_000);
    await bench.firn("run", "orders", "--no-models");
    writeFileSync(join(bench.world, "env"), 'FIRN_SECRET_LEARNING_PLATFORM_TOKEN="t"\nFIRN_NOW="x"\n');
    const { stdout } = await bench.firnWith(
      { FIRN_CONNECTION_LEARNING_PLATFORM: "http://127.0.0.1:1", FIRN_NOW: "2013-02-01T00:00:00Z" },
      ...["run", "learner_activity", "--no-models"],
    );
    assert.match(told(stdout, "source.unreachable"), /127\.0\.0\.1:1|refused|answer/);
  });

  it("a binary file named .csv: stops before anything of its batch is promoted, and says which", async () => {
    bench.drop("orders-2.csv", "PK\u0003\u0004\u0000\u0000binary");
    const { code, stdout } = await bench.firn("run", "orders");
    assert.match(
      told(stdout, "source.file_malformed"),
      /orders-2\.csv holds binary data where CSV was expected.*Deliver the file again/s,
    );
    assert.equal(code, 1);
    rmSync(join(bench.inbox, "orders-2.csv"));
    assert.match((await bench.firn("run", "orders", "--json")).stdout, /"merged": 20,/);
  });

  it("a table changed by hand: tells DuckDB's words, and goes on once that is mended", async () => {
    await bench.firn("run", "orders");
    await inWarehouse("ALTER TABLE ledger.batches RENAME COLUMN landed TO arrived");
    bench.drop("orders-2.csv", orders(ids.map((id) => id + 100)));
    const { code, stdout } = await bench.firn("run", "orders");
    assert.match(
      told(stdout, "warehouse.failed"),
      /DuckDB refused a statement: .*landed.*database file was changed by hand/s,
    );
    assert.equal(code, 1);
    await inWarehouse("ALTER TABLE ledger.batches RENAME COLUMN arrived TO landed");
    assert.match((await bench.firn("run", "orders", "--json")).stdout, /"merged": 20,/);
  });

  it("a ledger of a newer Firn: refuses to read it", async () => {
    await bench.firn("run", "orders");
    await inWarehouse("INSERT INTO ledger.migrations SELECT 999, now()");
    bench.drop("orders-2.csv", orders(ids.map((id) => id + 100)));
    const { code, stdout } = await bench.firn("run", "orders");
    assert.match(told(stdout, "ledger.newer"), /version 999; this Firn knows \d+\..*Update Firn/s);
    assert.equal(code, 2);
  });

  it("a read-only folder: says so wherever it is met, and resumes once that is mended", async () => {
    for (const part of ["lake", "lake/commerce/raw", "scratch", "warehouse"]) {
      const { code, stdout, stderr } = await failing("EROFS", part);
      assert.match(told(stdout + stderr, "store.denied"), /could not be .*: EROFS\..*--dir/s);
      assert.equal(code, 2, part);
    }
    assert.match((await bench.firn("run", "orders", "--json")).stdout, /"merged": 20,/);
  });

  it("a disk without space: says so, and the next run goes on", async () => {
    const { code, stderr } = await failing("ENOSPC", "lake");
    assert.match(told(stderr, "store.full"), /the disk is full\..*Free some space and run again/s);
    assert.equal(code, 3);
    assert.match((await bench.firn("run", "orders", "--json")).stdout, /"merged": 20,/);
  });

  it("a disk without space for a moment: alerts, and the retry of the stage makes it good", async () => {
    const { code, stdout, stderr } = await failing("ENOSPC", "scratch", 1);
    assert.match(stderr, /^ALERT warning store\.full commerce\.orders: /m);
    assert.equal(code, 0);
    assert.match(stdout, /^commerce\.orders +1 file +20 +20 +0 +20 /m);
  });

  it("a part of bronze that was damaged or removed: names it when it is replayed", async () => {
    await bench.firn("run", "orders");
    const lake = join(bench.world, "lake/commerce");
    const part = readdirSync(lake, { recursive: true })
      .map(String)
      .find((path) => path.endsWith(".parquet"));
    assert.ok(part);
    const path = join(lake, part);
    for (const harm of [() => writeFileSync(path, "not Parquet"), () => rmSync(path)]) {
      harm();
      const { code, stderr } = await bench.firn("replay", "orders", "--batch", "1");
      assert.match(told(stderr, "store.damaged"), /Part .*\.parquet in the lake cannot be read.*Restore/s);
      assert.equal(code, 1);
    }
  });

  function failing(error: string, part: string, times = Number.POSITIVE_INFINITY) {
    const variables = {
      FAIL_BELOW: join(bench.world, part),
      FAIL_WITH: error,
      FAIL_TIMES: String(times),
    };
    return bench.nodeWith(
      variables,
      "--import",
      preload,
      bench.binary,
      "--dir",
      bench.world,
      "run",
      "orders",
    );
  }

  async function inWarehouse(sql: string): Promise<void> {
    const instance = await DuckDBInstance.create(join(bench.world, "warehouse", "commerce.duckdb"));
    const connection = await instance.connect();
    await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
  }
});

/** What was said under the code. */
function told(output: string, code: string): string {
  const [, said] = output.split(new RegExp(`^firn: ${code.replace(".", "\\.")}(?: in \\S+)?$`, "m"));
  assert.ok(said, `${code} is not told:\n${output}`);
  return said;
}
