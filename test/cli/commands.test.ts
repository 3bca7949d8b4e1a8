import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { releaseLease, takeLease } from "#ledger/lease";
import { loadStacks } from "#stacks";
import { openLocalWorld } from "#worlds/local";
import { type Ended, openBench, orders } from "./support.ts";

const red = "\u001b[31m";
const days = (from: number) => Array.from({ length: 40 }, (_, at) => from + at);

describe("the commands, one after the other", function () {
  this.timeout(30_000);
  const bench = openBench();
  const seen: Ended[] = [];
  /** Runs the binary and keeps what it said, for the claims about all output. */
  const firn = async (...args: string[]) => {
    const ended = await bench.firn(...args);
    if (!args.includes("--debug")) seen.push(ended);
    return ended;
  };
  let first: Ended;

  before(async () => {
    bench.drop(
      "orders-1.csv",
      orders(days(1), (id) => (id === 7 ? `${red}six` : "6")),
    );
  });
  after(() => bench.close());

  it("tell before the first run what it would read, and leave nothing behind", async () => {
    const [status, plan, quarantine, digest] = await Promise.all([
      firn("status"),
      firn("plan", "orders"),
      firn("quarantine", "list"),
      firn("digest"),
    ]);
    assert.match(status.stdout, /^commerce\.orders +0 files +- +0 +0 +0 +never taken$/m);
    assert.match(status.stdout, /no batch was promoted so far/);
    assert.match(plan.stdout, /reads batch orders\.000001\n {2}why {5}1 new file in the inbox/);
    assert.match(quarantine.stdout, /^No row is in quarantine\.$/m);
    assert.match(digest.stdout, /There is no table so far/);
    assert.deepEqual(
      [status, plan, quarantine, digest].map(({ code }) => code),
      [0, 0, 0, 0],
    );
    assert.equal(existsSync(bench.world), false);
  });

  it("run a pipeline, count its rows from the ledger, and say what to look at next", async () => {
    first = await firn("run", "commerce.orders");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^commerce\.orders +1 file +40 +40 +1 +39 +1 file read +\d+\.\d$/m);
    assert.match(first.stdout, /npx firn --dir \S+ quarantine show orders/);
    assert.match(first.stdout, /npx firn --dir \S+ sql "FROM commerce\.silver\.orders LIMIT 5"/);
    assert.match(
      first.stderr,
      /^commerce\.orders\.000001 {2}extract {2}40 rows, [\d,]+ rows\/s, [\d.]+ k?B$/m,
    );
    assert.match(first.stderr, /^commerce\.orders\.000001 {2}merge {4}39 rows/m);
  });

  it("say why there is nothing to read, and end well", async () => {
    const { code, stdout } = await firn("run", "orders");
    assert.match(stdout, /commerce\.orders: nothing to read: all 1 files in the inbox are read\./);
    assert.equal(code, 0);
  });

  it("print exactly one JSON document with --json", async () => {
    bench.drop("orders-2.csv", orders(days(101)));
    const { stdout, code } = await firn("--json", "run", "orders");
    const { pipelines, alerts } = JSON.parse(stdout);
    const { team, pipeline, outcome, extracted, merged, batches, filesRead } = pipelines[0];
    assert.deepEqual(
      { team, pipeline, outcome, extracted, merged, batches, filesRead, alerts, code },
      {
        ...{ team: "commerce", pipeline: "orders", outcome: "done", extracted: 40, merged: 40 },
        batches: ["orders.000002"],
        filesRead: 2,
        alerts: [],
        code: 0,
      },
    );
    const others = [["status"], ["plan", "orders"], ["quarantine", "list"], ["digest"], ["sql", "SELECT 1"]];
    for (const each of await Promise.all(others.map((args) => firn(...args, "--json")))) {
      assert.equal(typeof JSON.parse(each.stdout), "object");
    }
  });

  it("mask quarantined values, unless asked to reveal them", async () => {
    const [masked, revealed] = await Promise.all([
      firn("quarantine", "show", "orders"),
      firn("quarantine", "show", "orders", "--batch", "1", "--reveal", "--json"),
    ]);
    assert.match(
      masked.stdout,
      /orders\.000001 {2}orders-1\.csv row 7\n {2}reason {5}quantity: not a whole number/,
    );
    assert.match(masked.stdout, /quantity=\*\*\*/);
    assert.doesNotMatch(masked.stdout, /six|LANTERN|17850|France/);
    assert.equal(JSON.parse(revealed.stdout).rows[0].fields.quantity, `${red}six`);
    assert.doesNotMatch(revealed.stdout, /\p{Cc}(?<!\n)/u);
  });

  it("check quarantined rows again, and say what is still wrong", async () => {
    const [shown, document] = [
      await firn("quarantine", "replay", "orders"),
      await firn("quarantine", "replay", "commerce.orders", "--batch", "1", "--json"),
    ];
    assert.match(shown.stdout, /commerce\.orders\.000001 +1 +0 +1/);
    assert.match(shown.stdout, /quarantine show orders` for what is still wrong/);
    assert.deepEqual(JSON.parse(document.stdout).batches, [
      { batchId: "orders.000001", checked: 1, promoted: 0, left: 1, outcome: "done" },
    ]);
    const none = await firn("quarantine", "replay", "orders", "--batch", "9");
    assert.match(none.stdout, /no row of batch orders\.000009 is in quarantine/);
  });

  it("load a batch again from bronze without its source, and change nothing by it", async () => {
    const before = await firn("digest", "silver.orders", "--columns", "data");
    const replayed = await bench.firnWith(
      { FIRN_CONNECTION_ORDERS_INBOX: "/gone" },
      "replay",
      "orders",
      "--batch",
      "1",
      "--json",
    );
    const { replay, extracted, merged, unchanged } = JSON.parse(replayed.stdout);
    assert.deepEqual(
      { replay, extracted, merged, unchanged },
      { replay: true, extracted: 40, merged: 0, unchanged: 39 },
    );
    assert.equal((await firn("digest", "silver.orders", "--columns", "data")).stdout, before.stdout);
  });

  it("give one digest to the same rows in another order, and another one to a doubled row", async () => {
    const other = openBench();
    try {
      other.drop("a.csv", orders(days(101).reverse()));
      other.drop(
        "b.csv",
        orders(days(1).reverse(), (id) => (id === 7 ? "bad" : "6")),
      );
      assert.equal((await other.firn("run", "orders")).code, 0);
      const ask = async (from: typeof other) => {
        const { stdout } = await from.firn("digest", "silver.orders", "--columns", "data", "--json");
        return JSON.parse(stdout).tables[0] as { rows: number; digest: string };
      };
      const [here, there] = await Promise.all([ask(bench), ask(other)]);
      assert.deepEqual(there, here);
      await withWarehouse(other.world, async (connection) => {
        await connection.run("INSERT INTO silver.orders SELECT * FROM silver.orders LIMIT 1");
      });
      const doubled = await ask(other);
      assert.equal(doubled.rows, here.rows + 1);
      assert.notEqual(doubled.digest, here.digest);
    } finally {
      other.close();
    }
  });

  it("skip a pipeline whose lease another run holds, and say who", async () => {
    const world = openLocalWorld(loadStacks("local").environment, {
      folder: bench.world,
      variables: { FIRN_NOW: "2024-02-01T06:00:00Z" },
    });
    const epoch = await takeLease(world, "commerce", "orders", "another");
    const [run, status, replay] = await Promise.all([
      firn("run", "orders"),
      firn("status", "orders"),
      firn("replay", "orders", "--batch", "1"),
    ]);
    assert.equal(run.code, 0);
    assert.match(run.stdout, new RegExp(`commerce\\.orders: skipped: held by .*PID ${process.pid}\\)`));
    assert.match(status.stdout, /lease held by .*PID/);
    assert.equal(replay.code, 3);
    assert.match(replay.stderr, /^firn: lease\.held$/m);
    await releaseLease(world, "commerce", "orders", epoch);
  });

  it("tell of the lake while another process has the warehouse open, and call that passing", async () => {
    await withWarehouse(bench.world, async () => {
      const [status, digest] = await Promise.all([firn("status", "orders"), firn("digest")]);
      assert.equal(status.code, 0);
      assert.match(status.stdout, /^commerce\.orders +2 files +- +\? +\? +0/m);
      assert.match(status.stdout, /the ledger cannot be read now: Another process \(PID \d+\)/);
      assert.equal(digest.code, 3);
      assert.match(digest.stderr, /^firn: warehouse\.locked$/m);
    });
  });

  it("end with 1 when data is refused, show the failed check, and run on once it is mended", async () => {
    bench.drop(
      "orders-3.csv",
      orders(days(201), () => "six"),
    );
    const refused = await firn("run", "orders");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^ALERT error check\.refused commerce\.orders: Batch orders\.000003 fails/m);
    assert.match(
      refused.stdout,
      /^firn: check\.refused in commerce\.orders\n {2}what: .+\n {2}why: {2}.+\n {2}fix: {2}.+$/m,
    );
    assert.match(refused.stdout, /npx firn --dir \S+ run orders/);
    const [status, plan] = await Promise.all([firn("status", "orders"), firn("plan", "orders")]);
    assert.match(status.stdout, /open: orders\.000003; the next run resumes there/);
    assert.match(status.stdout, /check failed: orders\.000003: accepted \(mostly 0\.95\): 40 of 40 rows/);
    assert.match(
      plan.stdout,
      /resumes batch orders\.000003\n.*loaded from bronze, with no call to the source/,
    );
  });

  it("print no control character to what is no terminal, whatever the source sent", async () => {
    await firn("sql", "SELECT chr(27) || '[31m' AS a, chr(155) AS b, chr(13) AS c, chr(8238) AS d");
    assert.match(seen.at(-1)?.stdout ?? "", /\\u001b\[31m +\\u009b +\\r +\\u202e/);
    for (const { stdout, stderr } of seen) assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n]/u);
  });
});

async function withWarehouse(
  world: string,
  work: (connection: { run(sql: string): Promise<unknown> }) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(join(world, "warehouse", "commerce.duckdb"));
  const connection = await instance.connect();
  try {
    await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
