import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { takeLease } from "#ledger/lease";
import { loadStacks } from "#stacks";
import { openLocalWorld } from "#worlds/local";
import { openBench, orders } from "../cli/support.ts";
import { filesIn } from "./support.ts";

const nothing = "There is nothing to remove.\n";

describe("firn janitor", function () {
  this.timeout(60_000);
  let bench: ReturnType<typeof openBench>;
  beforeEach(() => {
    bench = openBench();
    bench.drop("orders-1.csv", orders([1, 2, 3]));
  });
  afterEach(() => bench.close());
  const lost = "raw/orders/ingest_date=2024-02-01/000001/lost/s001-00001.parquet";
  const leave = () => {
    mkdirSync(join(bench.world, "lake/commerce", lost, ".."), { recursive: true });
    writeFileSync(join(bench.world, "lake/commerce", lost), "x".repeat(1234));
  };

  it("says of a clean folder that there is nothing, and leaves nothing behind", async () => {
    for (const args of [["janitor"], ["janitor", "--remove"]]) {
      const { code, stdout, stderr } = await bench.firn(...args);
      assert.deepEqual([code, stdout, stderr], [0, nothing, ""]);
    }
    assert.equal(existsSync(bench.world), false);
    await bench.firn("run", "orders");
    const ran = filesIn(bench.world);
    assert.equal((await bench.firn("janitor")).stdout, nothing);
    assert.equal((await bench.firn("janitor", "--remove")).stdout, nothing);
    assert.deepEqual(filesIn(bench.world), ran);
  });

  it("lists what, where, how large, how old and why; removes it only when told to", async () => {
    await bench.firn("run", "orders");
    leave();
    const before = await bench.firn("digest", "silver.orders");
    const listed = await bench.firn("janitor", "orders");
    assert.match(
      listed.stdout,
      /^object +commerce\/raw\/orders\/\S+\/lost\/s001-00001\.parquet +1\.2 kB +0 s +batch orders\.000001 was won by another attempt, \S+$/m,
    );
    assert.match(
      listed.stdout,
      /^In all 1 orphan, 1\.2 kB\. Nothing was removed: `npx firn --dir \S+ janitor orders --remove` does\.$/m,
    );
    const json = JSON.parse((await bench.firn("janitor", "--json")).stdout);
    assert.deepEqual([json.removed, json.count, json.bytes], [false, 1, 1234]);
    assert.deepEqual(
      json.orphans.map(({ team, pipeline, kind, key }: Record<string, unknown>) => [
        team,
        pipeline,
        kind,
        key,
      ]),
      [["commerce", "orders", "object", lost]],
    );
    assert.equal(existsSync(join(bench.world, "lake/commerce", lost)), true);

    const removed = await bench.firn("janitor", "orders", "--remove");
    assert.equal(removed.code, 0, removed.stderr);
    // Its own lease ends the former one.
    assert.match(removed.stdout, /^Removed 3 orphans, 1\.\d kB\.$/m);
    assert.equal(existsSync(join(bench.world, "lake/commerce", lost)), false);
    assert.equal((await bench.firn("janitor")).stdout, nothing);

    assert.equal((await bench.firn("digest", "silver.orders")).stdout, before.stdout);
    assert.match((await bench.firn("run", "orders")).stdout, /nothing to read/);
    assert.equal((await bench.firn("replay", "orders", "--batch", "1")).code, 0);
    bench.drop("orders-2.csv", orders([4]));
    assert.match((await bench.firn("run", "orders")).stdout, /^commerce\.orders +1 file +1 +1 +0 +1 /m);
  });

  it("skips a pipeline whose lease another process holds, says who, and ends well", async () => {
    await bench.firn("run", "orders");
    leave();
    const world = openLocalWorld(loadStacks("local").environment, {
      folder: bench.world,
      variables: { FIRN_NOW: "2024-02-01T06:00:00Z" },
    });
    await takeLease(world, "commerce", "orders", "a run");
    const { code, stdout } = await bench.firn("janitor", "--remove");
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(
        `^commerce\\.orders: skipped: held by ${hostname()} \\(PID ${process.pid}\\), .*run again`,
        "m",
      ),
    );
    const { orphans, skipped } = JSON.parse((await bench.firn("janitor", "--remove", "--json")).stdout);
    assert.deepEqual([orphans, skipped.length], [[], 1]);
    assert.equal(existsSync(join(bench.world, "lake/commerce", lost)), true);
    await world.close();
  });

  it("tells of a warehouse that another process has open as of anything passing", async () => {
    await bench.firn("run", "orders");
    const instance = await DuckDBInstance.create(join(bench.world, "warehouse/commerce.duckdb"));
    const { code, stderr } = await bench.firn("janitor", "--remove");
    instance.closeSync();
    assert.equal(code, 3);
    assert.match(stderr, /^firn: warehouse\.locked$/m);
  });

  it("asks for the name that was meant, and removes nothing", async () => {
    const { code, stderr } = await bench.firn("janitor", "order", "--remove");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^firn: cli\.usage\n {2}what: There is no pipeline "order"\.\n.*\n {2}fix: +Did you mean orders\?$/m,
    );
  });
});
