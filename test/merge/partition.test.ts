import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openRig, type Rig } from "../support/pipeline.ts";

const columns = {
  sku: { type: "text", required: true },
  units: { type: "integer", required: true },
};

/** A day's sales in one file; a correction comes as a later version of the same day. */
const sales = {
  name: "sales",
  source: { kind: "files", connection: "inbox" },
  columns,
  strategy: {
    kind: "replace_partition",
    partition: { by: "file", pattern: "sales_(?<partition>\\d{4}-\\d{2}-\\d{2})_v(?<version>\\d+)" },
  },
};

const csv = (...rows: string[]) => ["sku,units", ...rows].join("\n").concat("\n");

describe("replacing partitions by files", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(sales);
  });
  afterEach(() => rig.close());

  it("puts a correction in the place of its day, and leaves the other days", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2", "b,2"));
    await rig.deliver("sales_2024-02-02_v1.csv", csv("a,7"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1", "b,2", "c,3"));
    await rig.run();
    assert.deepEqual(await rig.live("_partition", "sku", "units"), [
      "2024-02-01 a 1",
      "2024-02-01 b 2",
      "2024-02-01 c 3",
      "2024-02-02 a 7",
    ]);
    const [, correction] = await rig.batches();
    assert.deepEqual(
      ["landed", "promoted", "unchanged", "vanished", "repeated"].map((name) => Number(correction?.[name])),
      [3, 1, 2, 1, 0],
    );
  });

  it("lets gold see what went: a row that the correction lacks is a tombstone of its commit", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1"));
    await rig.run();
    assert.deepEqual(
      await rig.query(
        "SELECT sku, _deleted, commit_seq, batch_id, _row FROM silver.sales WHERE commit_seq = '2'",
      ),
      [{ sku: "b", _deleted: true, commit_seq: "2", batch_id: "sales.000002", _row: null }],
    );
  });

  it("refuses an older delivery after a newer one, tells it, and loses no row of the newer one", async () => {
    await rig.deliver("sales_2024-02-01_v10.csv", csv("a,1", "kept,1"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v9.csv", csv("a,1"));
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["a", "kept"], "version 9 is older than 10, though not as text");
    const alert = rig.alerts.find(({ code }) => code === "merge.older_partition");
    assert.match(
      alert?.detail ?? "",
      /sales.000002 .* no newer than what stands .*changed nothing: 2024-02-01/,
    );
    const [, older] = await rig.batches();
    assert.deepEqual([older?.promoted, older?.unchanged, older?.vanished], ["0", "1", "0"]);
    await rig.replay(1);
    await rig.replay(2);
    assert.deepEqual(await rig.live("sku"), ["a", "kept"]);
  });

  it("takes the newest of one day's deliveries in one batch, in whatever order their names sort", async () => {
    await rig.deliver("sales_2024-02-01_v2.csv", csv("new,1"));
    await rig.deliver("sales_2024-02-01_v11.csv", csv("newest,1"));
    await rig.deliver("sales_2024-02-01_v1.csv", csv("old,1"));
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["newest"]);
    const [batch] = await rig.batches();
    assert.deepEqual([batch?.landed, batch?.promoted, batch?.repeated], ["3", "1", "2"]);
  });

  it("refuses a partition with bad rows: what they would replace stays, and all of it waits in quarantine", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1", "b,two"));
    await rig.deliver("sales_2024-02-02_v1.csv", csv("c,3"));
    await rig.run();
    assert.deepEqual(await rig.live("_partition", "sku", "units"), [
      "2024-02-01 a 1",
      "2024-02-01 b 2",
      "2024-02-02 c 3",
    ]);
    assert.deepEqual(
      (await rig.query("SELECT reason FROM quarantine.sales ORDER BY _row")).map(({ reason }) => reason),
      ["another row of its partition is bad", "units: not a whole number of 64 bits"],
    );
    const alert = rig.alerts.find(({ code }) => code === "merge.held_partition");
    assert.match(alert?.detail ?? "", /sales\.000002 .*silver stays as it was: 2024-02-01\. /);
    const [, held] = await rig.batches();
    assert.deepEqual([held?.landed, held?.quarantined, held?.promoted, held?.vanished], ["3", "2", "1", "0"]);
  });

  it("lets a later delivery take the place of a held one, which then changes nothing any more", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1", "b,two"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v3.csv", csv("a,1", "b,2"));
    await rig.run();
    assert.deepEqual(await rig.live("sku", "units"), ["a 1", "b 2"]);
    rig.declare({ ...sales, strategy: { ...sales.strategy, despiteQuarantine: true } });
    await rig.replay(2);
    assert.deepEqual(await rig.live("sku", "units"), ["a 1", "b 2"]);
  });

  it("goes on without the bad rows where that is declared", async () => {
    rig.declare({ ...sales, strategy: { ...sales.strategy, despiteQuarantine: true } });
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1", "b,two"));
    await rig.run();
    assert.deepEqual(await rig.live("sku", "units"), ["a 1"]);
    assert.equal((await rig.query("FROM quarantine.sales")).length, 1);
  });

  it("keeps what stands where every row of a delivery is bad, whatever is declared", async () => {
    const strategy = { ...sales.strategy, despiteQuarantine: true, mayBeEmpty: true };
    rig.declare({ ...sales, strategy });
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,one", "b,two"));
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["a", "b"]);
    assert.ok(rig.alerts.some(({ code }) => code === "merge.held_partition"));
  });

  it("counts only rows that are bad in themselves when it judges how many were accepted", async () => {
    rig.declare({ ...sales, expectations: [{ kind: "accepted", mostly: 0.7 }] });
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2", "c,3", "d,x"));
    await rig.run();
    assert.equal((await rig.query("FROM quarantine.sales")).length, 4, "held, but not refused");
  });

  it("refuses a delivery without a row, which would empty its day, unless that is declared", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv());
    await rig.run();
    assert.equal((await rig.live("sku")).length, 2);
    const alert = rig.alerts.find(({ code }) => code === "merge.held_partition");
    assert.match(alert?.detail ?? "", /2024-02-01\. Rows of them are bad .* or they came without a row/);
    rig.declare({ ...sales, strategy: { ...sales.strategy, mayBeEmpty: true } });
    await rig.replay(2);
    assert.deepEqual(await rig.live("sku"), []);
    assert.equal((await rig.batches()).at(-1)?.vanished, "2");
  });

  it("takes an empty delivery of a day that has nothing yet", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv());
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1"));
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["a"]);
  });

  it("refuses a file that does not tell its partition, before it is read", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1"));
    await rig.deliver("notes.csv", csv("a,1"));
    await assert.rejects(rig.run(), {
      code: "partition.unnamed",
      message: /notes.csv does not tell which partition of "sales" it holds.*source.pattern/s,
    });
    rig.declare({ ...sales, source: { ...sales.source, pattern: "sales_*.csv" } });
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["a"]);
  });

  it("takes a file without a version for the first delivery of its day", async () => {
    rig.declare({
      ...sales,
      strategy: {
        kind: "replace_partition",
        partition: { by: "file", pattern: "(?<partition>\\d{4}-\\d{2}-\\d{2})(_v(?<version>\\d+))?" },
      },
    });
    await rig.deliver("2024-02-01.csv", csv("first,1"));
    await rig.run();
    await rig.deliver("2024-02-01_v1.csv", csv("corrected,1"));
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["corrected"]);
  });

  it("makes silver again from bronze at the next run, once its warehouse is removed", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    await rig.deliver("sales_2024-02-01_v2.csv", csv("a,1"));
    await rig.run();
    const before = await rig.query("SELECT * FROM silver.sales ORDER BY ALL");
    await (await rig.world()).close();
    await rm(join(rig.folder, "warehouse"), { recursive: true });
    await rm(join(rig.folder, "inbox"), { recursive: true });
    await mkdir(join(rig.folder, "inbox"));
    await rig.run("2024-03-01T06:00:01.000Z");
    assert.deepEqual(await rig.query("SELECT * FROM silver.sales ORDER BY ALL"), before);
  });

  it("makes the other tables of its team again, too, each at its next run", async () => {
    const other = { ...sales, name: "other" };
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1"));
    for (const each of [sales, other]) {
      rig.declare(each);
      await rig.run();
    }
    await (await rig.world()).close();
    await rm(join(rig.folder, "warehouse"), { recursive: true });
    for (const [at, each] of [sales, other].entries()) {
      rig.declare(each);
      await rig.run(`2024-03-01T06:00:0${at + 1}.000Z`);
      assert.deepEqual(await rig.live("sku"), ["a"]);
    }
  });

  it("goes by a file's time of change where that is declared", async () => {
    rig.declare({
      ...sales,
      strategy: {
        kind: "replace_partition",
        partition: { by: "file", pattern: "(?<partition>\\d{4}-\\d{2}-\\d{2})", version: "modified" },
      },
    });
    await rig.deliver("2024-02-01/z.csv", csv("old,1"), "2024-02-02T00:00:00.000Z");
    await rig.deliver("2024-02-01/a.csv", csv("new,1"), "2024-02-02T00:00:00.001Z");
    await rig.run();
    assert.deepEqual(await rig.live("sku"), ["new"]);
  });

  it("changes nothing when a batch is replayed, and follows a mended declaration", async () => {
    await rig.deliver("sales_2024-02-01_v1.csv", csv("a,1", "b,2"));
    await rig.run();
    const before = await rig.query("SELECT * FROM silver.sales ORDER BY ALL");
    await rig.replay(1);
    assert.deepEqual(await rig.query("SELECT * FROM silver.sales ORDER BY ALL"), before);
    rig.declare({ ...sales, columns: { ...columns, code: { type: "text", from: "sku " } } });
    await rig.replay(1);
    assert.deepEqual(await rig.live("sku", "units", "code"), ["a 1 -", "b 2 -"]);
  });

  it("follows the version, not the order of batches: any order ends in the newest delivery of each day", async () => {
    const deliveries = [1, 2, 3].flatMap((version) =>
      ["2024-02-01", "2024-02-02"].map((day) => ({ day, version })),
    );
    for (const order of [
      [0, 1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1, 0],
      [2, 5, 0, 3, 1, 4],
    ]) {
      const each = await openRig(sales);
      for (const at of order) {
        const { day, version } = deliveries[at] as (typeof deliveries)[number];
        await each.deliver(`sales_${day}_v${version}.csv`, csv(`a,${version}`, `v${version},1`));
        await each.run();
      }
      assert.deepEqual(await each.live("_partition", "sku", "units"), [
        "2024-02-01 a 3",
        "2024-02-01 v3 1",
        "2024-02-02 a 3",
        "2024-02-02 v3 1",
      ]);
      await each.close();
    }
  });
});
