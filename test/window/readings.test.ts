import assert from "node:assert/strict";
import { openRig, type Rig } from "../support/pipeline.ts";
import { answer, serve } from "../support/sources/server.ts";
import { type Record_, serveTable } from "../support/sources/table.ts";

const columns = {
  id: { type: "integer" },
  day: { type: "date" },
  amount: { type: "integer" },
  changed_at: { type: "timestamp" },
};
const http = {
  kind: "http",
  connection: "api",
  path: "/rows",
  pageSize: { param: "limit", value: 2 },
  paging: { style: "offset", param: "offset" },
};
const upsert = { kind: "upsert", key: ["id"], version: ["changed_at"] };
const row = (id: number, day: string, amount: number | string = 1): Record_ => ({
  id,
  day,
  amount,
  changed_at: `${day}T12:00:00Z`,
});

describe("reading a source by other windows than time", () => {
  let records: Record_[];
  let table: Awaited<ReturnType<typeof serveTable>>;
  let rig: Rig;
  beforeEach(async () => {
    records = [];
    table = await serveTable(records);
  });
  afterEach(async () => {
    await rig.close();
    await table.close();
  });

  const open = async (declaration: Record<string, unknown>) => {
    rig = await openRig({ name: "items", columns, strategy: upsert, ...declaration }, table);
  };

  describe("by date", () => {
    const byDate = {
      source: { ...http, window: { by: "date", first: "first", last: "last" }, shards: 2 },
      watermark: { start: "2024-02-01T00:00:00Z", lagSeconds: 3600, batchDaysMax: 3 },
    };

    it("asks for whole days, both ends included, and for no day that is not over", async () => {
      records.push(row(1, "2024-02-01"), row(2, "2024-02-02"), row(3, "2024-02-05"));
      await open(byDate);
      await rig.run("2024-02-05T00:30:00Z");
      assert.deepEqual(table.windows(), [
        "first=2024-02-01&last=2024-02-01",
        "first=2024-02-02&last=2024-02-03",
      ]);
      assert.deepEqual(await rig.live("id"), ["1", "2"], "the lag of an hour keeps the fourth open");
      await rig.run("2024-02-05T01:00:00Z");
      assert.deepEqual(table.windows().slice(2), ["first=2024-02-04&last=2024-02-04"]);
      const calls = table.asked.length;
      await rig.run("2024-02-05T23:00:00Z");
      assert.equal(table.asked.length, calls, "nothing is asked while the day is not over");
    });

    it("reads whole days again where overlapDays says so", async () => {
      await open({ ...byDate, watermark: { ...byDate.watermark, overlapDays: 2 } });
      records.push(row(1, "2024-02-01"));
      await rig.run("2024-02-03T06:00:00Z");
      records.push({ ...row(2, "2024-02-02"), amount: 7 });
      await rig.run("2024-02-04T06:00:00Z");
      assert.deepEqual(table.windows(), [
        "first=2024-02-01&last=2024-02-01",
        "first=2024-02-02&last=2024-02-02",
        "first=2024-02-02&last=2024-02-03",
      ]);
      const again = table.asked.filter(({ path }) => path.includes("first=2024-02-01"));
      assert.equal(again.length, 4, "twice, each time until an empty page");
      assert.deepEqual(await rig.live("id", "amount"), ["1 1", "2 7"]);
    });
  });

  describe("by date, replacing each day", () => {
    const report = {
      source: { ...http, window: { by: "date", first: "first", last: "last", selects: "all" } },
      watermark: { start: "2024-02-01T00:00:00Z", lagSeconds: 0, overlapDays: 2 },
      strategy: { kind: "replace_partition", partition: { by: "day", column: "day" } },
    };

    it("follows a report that was corrected, row by row, with no key", async () => {
      records.push(row(1, "2024-02-01", 5), row(2, "2024-02-01", 6), row(3, "2024-02-02", 7));
      await open(report);
      await rig.run("2024-02-03T06:00:00Z");
      records.splice(0, 2, row(9, "2024-02-01", 6));
      await rig.run("2024-02-04T06:00:00Z");
      assert.deepEqual(await rig.live("day", "id", "amount"), ["2024-02-01 9 6", "2024-02-02 3 7"]);
      const [, second] = await rig.batches();
      assert.deepEqual([second?.promoted, second?.unchanged, second?.vanished], ["1", "1", "2"]);
    });

    it("sets a row aside that is of a day which was not asked for", async () => {
      await open(report);
      records.push(row(1, "2024-02-01", 5));
      await rig.run("2024-02-02T06:00:00Z");
      // The source answers with a row that it filed under another day.
      records.push({ ...row(2, "2024-02-02"), day: "2024-02-02" });
      rig.declare({
        ...report,
        name: "items",
        columns: { ...columns, day: { type: "date", from: "filed" } },
        strategy: { ...report.strategy, despiteQuarantine: true },
      });
      records[1] = { ...records[1], filed: "2023-12-31" };
      records[0] = { ...records[0], filed: "2024-02-01" };
      await rig.run("2024-02-03T06:00:00Z");
      const set = await rig.query("SELECT reason FROM quarantine.items");
      assert.deepEqual(set, [{ reason: "day: of a day that was not asked for" }]);
      assert.deepEqual(await rig.live("day", "id"), ["2024-02-01 1"]);
    });

    it("does not mind a day without rows, but refuses one that would empty what stands", async () => {
      await open(report);
      records.push(row(1, "2024-02-01", 5));
      await rig.run("2024-02-03T06:00:00Z");
      records.length = 0;
      await rig.run("2024-02-04T06:00:00Z");
      assert.equal((await rig.live("id")).length, 1);
      assert.match(
        rig.alerts.find(({ code }) => code === "merge.held_partition")?.detail ?? "",
        /silver stays as it was: 2024-02-01\./,
      );
    });

    it("holds only the day of a bad row, or all days where nobody knows whose row it is", async () => {
      await open(report);
      records.push(row(1, "2024-02-01", "much"), row(2, "2024-02-01"), row(3, "2024-02-02"));
      await rig.run("2024-02-03T06:00:00Z");
      assert.deepEqual(await rig.live("day", "id"), ["2024-02-02 3"]);
      records.push({ ...row(4, "2024-02-03"), filed: "no day" });
      rig.declare({
        ...report,
        name: "items",
        columns: { ...columns, day: { type: "date", from: "filed" } },
      });
      for (const [at, { day }] of records.entries()) records[at] = { filed: day, ...records[at] };
      await rig.run("2024-02-04T06:00:00Z");
      assert.deepEqual(await rig.live("day", "id"), ["2024-02-02 3"], "silver stays as it was");
      assert.equal((await rig.query("FROM quarantine.items WHERE batch_id = 'items.000002'")).length, 4);
    });
  });

  describe("by id", () => {
    const byId = {
      source: {
        ...http,
        window: { by: "id", after: "above", field: "id", rowsMax: 3 },
      },
      strategy: { kind: "append", ids: ["id"], rememberDays: 30 },
    };

    it("reads on from the highest id, in batches, until the source has no more", async () => {
      records.push(...[1, 2, 3, 5, 8].map((id) => row(id, "2024-02-01")));
      await open(byId);
      await rig.run("2024-02-02T00:00:00Z");
      assert.deepEqual(table.windows(), ["above=0", "above=5"]);
      assert.deepEqual(
        (await rig.batches()).map(({ window_from, window_to, promoted }) => [
          Number(window_from),
          Number(window_to),
          promoted,
        ]),
        [
          [0, 5, "4"],
          [5, 8, "1"],
        ],
      );
      records.push(row(9, "2024-02-02"));
      await rig.run("2024-02-03T00:00:00Z");
      assert.equal(table.windows().at(-1), "above=8");
      assert.deepEqual(await rig.live("id"), ["1", "2", "3", "5", "8", "9"]);
    });

    it("finds an id that was committed late only where the overlap reaches back to it", async () => {
      records.push(row(10, "2024-02-01"));
      await open({ ...byId, source: { ...byId.source, window: { ...byId.source.window, overlap: 5 } } });
      await rig.run("2024-02-02T00:00:00Z");
      records.push(row(4, "2024-02-01"), row(6, "2024-02-01"));
      await rig.run("2024-02-03T00:00:00Z");
      assert.deepEqual(await rig.live("id"), ["10", "6"], "4 lies before the overlap: the price it states");
    });

    it("makes no empty batch twice, and finds its place again without the hint", async () => {
      records.push(row(1, "2024-02-01"));
      await open(byId);
      await rig.run("2024-02-02T00:00:00Z");
      await rig.run("2024-02-03T00:00:00Z");
      await rig.run("2024-02-03T00:00:00Z");
      const store = await (await rig.world()).store("shop");
      assert.equal((await store.list("raw/items/plans/")).length, 2);
      await store.put("state/hints/items.json", new TextEncoder().encode("gone"));
      records.push(row(2, "2024-02-01"));
      await rig.run("2024-02-04T00:00:00Z");
      assert.deepEqual(await rig.live("id"), ["1", "2"]);
    });

    it("refuses a source whose ids fall: a batch that ends in between would lose some", async () => {
      const falling = await serve(answer(JSON.stringify([row(9, "2024-02-01"), row(3, "2024-02-01")])));
      rig = await openRig({ name: "items", columns, ...byId }, falling);
      await assert.rejects(rig.run("2024-02-02T00:00:00Z"), {
        code: "source.not_json",
        message: /records whose "id" falls/,
      });
      await falling.close();
    });
  });

  describe("all at once, replacing the table", () => {
    const full = {
      source: { ...http, window: { by: "all" } },
      strategy: { kind: "replace_partition", partition: { by: "table" } },
    };

    it("is a full refresh, once in a run: what is gone vanishes, what is equal stays untouched", async () => {
      records.push(row(1, "2024-02-01"), row(2, "2024-02-01"), row(3, "2024-02-01"));
      await open(full);
      await rig.run("2024-02-02T00:00:00Z");
      assert.equal((await rig.batches()).length, 1);
      records.splice(1, 1, row(2, "2024-02-01", 9));
      records.pop();
      await rig.run("2024-02-03T00:00:00Z");
      assert.deepEqual(await rig.live("id", "amount"), ["1 1", "2 9"]);
      const [, second] = await rig.batches();
      assert.deepEqual([second?.promoted, second?.unchanged, second?.vanished], ["1", "1", "2"]);
    });

    it("keeps the table where the source answers with nothing at all, and says so", async () => {
      records.push(row(1, "2024-02-01"));
      await open(full);
      await rig.run("2024-02-02T00:00:00Z");
      records.length = 0;
      await rig.run("2024-02-03T00:00:00Z");
      assert.deepEqual(await rig.live("id"), ["1"]);
      assert.ok(rig.alerts.some(({ code }) => code === "merge.held_partition"));
    });

    it("changes nothing by a replay of an older reading", async () => {
      records.push(row(1, "2024-02-01"));
      await open(full);
      await rig.run("2024-02-02T00:00:00Z");
      records.push(row(2, "2024-02-01"));
      await rig.run("2024-02-03T00:00:00Z");
      await rig.replay(1);
      assert.deepEqual(await rig.live("id"), ["1", "2"]);
      assert.ok(rig.alerts.some(({ code }) => code === "merge.older_partition"));
    });
  });

  it("prefixes a pipeline's name by its source's, in tables and keys", async () => {
    records.push(row(1, "2024-02-01"));
    await open({ source: { ...http, window: { by: "all" }, prefix: "crm_" } });
    await rig.run("2024-02-02T00:00:00Z");
    assert.equal(rig.pipeline.name, "crm_items");
    assert.deepEqual(await rig.live("id"), ["1"]);
    const store = await (await rig.world()).store("shop");
    assert.deepEqual(await store.list("raw/crm_items/plans/"), ["raw/crm_items/plans/000001.json"]);
  });
});
