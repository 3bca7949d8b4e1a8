import assert from "node:assert/strict";
import { openRig, type Rig } from "../support/pipeline.ts";
import { type Record_, serveTable } from "../support/sources/table.ts";

const members = {
  name: "members",
  source: {
    kind: "http",
    connection: "api",
    path: "/rows",
    window: { since: "since", before: "before" },
    pageSize: { param: "limit", value: 50 },
    paging: { style: "offset", param: "offset" },
    shards: 2,
  },
  columns: {
    id: { type: "integer" },
    name: { type: "text" },
    changed_at: { type: "timestamp" },
  },
  strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
  watermark: { start: "2024-01-01T00:00:00Z", lagSeconds: 0, overlapSeconds: 0 },
};

const row = (id: number, name = `m${id}`, changed_at = "2024-02-01T00:00:00.000Z"): Record_ => ({
  id,
  name,
  changed_at,
});

describe("comparing silver with all a source has", () => {
  let records: Record_[];
  let table: Awaited<ReturnType<typeof serveTable>>;
  let rig: Rig;
  beforeEach(async () => {
    records = Array.from({ length: 40 }, (_, at) => row(at + 1));
    table = await serveTable(records);
  });
  afterEach(async () => {
    await rig.close();
    await table.close();
  });

  const open = async (compare: Record<string, unknown>) => {
    rig = await openRig({ ...members, compare: { everyDays: 7, ...compare } }, table);
    await rig.run("2024-02-02T00:00:00Z");
  };
  const found = () => rig.alerts.filter(({ code }) => code === "compare.found").map(({ detail }) => detail);

  it("is not due before its days have passed, and then once", async () => {
    await open({});
    await rig.run("2024-02-08T23:00:00Z");
    assert.equal(
      table.windows().filter((each) => !each.includes("before=")).length,
      0,
      "no reading without an end so far",
    );
    await rig.run("2024-02-09T00:00:00Z");
    await rig.run("2024-02-09T01:00:00Z");
    assert.equal(table.windows().filter((each) => !each.includes("before=")).length, 1);
    assert.deepEqual(found(), [], "all is well");
    await rig.run("2024-02-16T00:00:00Z");
    assert.equal(table.windows().filter((each) => !each.includes("before=")).length, 2);
  });

  it("tells of rows that were deleted without a word, and leaves them where nothing else is declared", async () => {
    await open({});
    records.splice(3, 2);
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(found()[0] ?? "", /2 of 40 rows are no longer at the source; they stay/);
    assert.equal((await rig.live("id")).length, 40);
  });

  it("leaves tombstones for them where delete is declared, and takes them back when they come back", async () => {
    await open({ missing: "delete" });
    const [fourth] = records.splice(3, 1);
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(found()[0] ?? "", /1 of 40 rows .* each has left a tombstone/);
    assert.equal((await rig.live("id")).includes("4"), false);
    const compared = (await rig.batches()).at(-1);
    assert.deepEqual([compared?.landed, compared?.promoted, compared?.vanished], ["39", "0", "1"]);
    await rig.replay(1);
    assert.equal(
      (await rig.live("id")).includes("4"),
      false,
      "a replay of what was read before brings none back",
    );
    records.push({ ...fourth, changed_at: "2024-02-09T06:00:00.000Z" });
    await rig.run("2024-02-10T00:00:00Z");
    assert.equal((await rig.live("id")).includes("4"), true);
  });

  it("deletes nothing where too much is missing at once: a source that answers with little has trouble", async () => {
    await open({ missing: "delete" });
    records.length = 20;
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(
      found()[0] ?? "",
      /20 of 40 rows .* they stay: that is more than deletedShareMax allows \(2\)/,
    );
    assert.equal((await rig.live("id")).length, 40);
  });

  it("says so where the source has nothing at all, and asks no expectation that is meant for a batch", async () => {
    rig = await openRig(
      {
        ...members,
        compare: { everyDays: 7, missing: "delete" },
        expectations: [{ kind: "row_count", min: 1, max: 50 }],
      },
      table,
    );
    await rig.run("2024-02-02T00:00:00Z");
    records.length = 0;
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(found()[0] ?? "", /40 of 40 rows .* they stay: that is more than deletedShareMax/);
    assert.equal((await rig.live("id")).length, 40);
  });

  it("deletes nothing where a row came whose key cannot be read", async () => {
    await open({ missing: "delete" });
    records[3] = { ...row(4), id: "four" } as Record_;
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(found()[0] ?? "", /1 of 40 rows .* they stay: 1 rows came without a key that can be read/);
    assert.equal((await rig.live("id")).length, 40);
  });

  it("finds and mends what drifted under the same version, and what was never read", async () => {
    await open({});
    records[0] = row(1, "changed without a new version");
    records.push(row(41, "filed late", "2024-01-15T00:00:00.000Z"));
    await rig.run("2024-02-09T00:00:00Z");
    assert.match(found()[0] ?? "", /1 rows differ under the same version.*1 rows were never read/s);
    const names = await rig.live("id", "name");
    assert.ok(names.includes("1 changed without a new version") && names.includes("41 filed late"));
  });

  it("moves no watermark", async () => {
    await open({});
    await rig.run("2024-02-09T00:00:00Z");
    const before = table.windows().length;
    await rig.run("2024-02-10T00:00:00Z");
    assert.match(table.windows().at(before) ?? "", /^since=2024-02-09T00:00:00.000Z/);
  });

  it("finds its place again from the ledger when the hint is lost", async () => {
    await open({});
    records.push(row(50, "late", "2024-01-15T00:00:00.000Z"));
    await rig.run("2024-02-09T00:00:00Z");
    const store = await (await rig.world()).store("shop");
    await store.put("state/hints/members.json", new TextEncoder().encode("lost"));
    const before = (await store.list("raw/members/plans/")).length;
    await rig.run("2024-02-10T00:00:00Z");
    const after = await (await (await rig.world()).store("shop")).list("raw/members/plans/");
    assert.equal(after.length, before + 1, "an ordinary window, and no comparison again");
  });
});
