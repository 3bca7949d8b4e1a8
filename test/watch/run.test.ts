import assert from "node:assert/strict";
import { duckdb } from "#sql/duckdb";
import { snowflake } from "#sql/snowflake";
import { planNoted } from "#watch/cost";
import {
  billed,
  planBuilds,
  planNoting,
  planPromoted,
  planRan,
  statementsOfStage,
  withChangedRows,
} from "#watch/plan";
import { noteStage, runWatch } from "#watch/run";
import { readCost } from "#worlds/cost";
import { assertSnowflake, compareWithSnapshot } from "../sql/snapshots.ts";
import { team } from "../sql/support.ts";
import { type Desk, openDesk } from "./desk.ts";

/** Beyond a row group of DuckDB, so that a filter by `commit_seq` spares reading. */
const day = 130_000;
const full = "INSERT INTO gold.daily SELECT device, SUM(reading) FROM silver.events GROUP BY device";
const delta = (after: number) =>
  `INSERT INTO gold.daily SELECT device, SUM(reading) FROM silver.events WHERE commit_seq > ${after} GROUP BY device`;
/** The same result, by a filter that DuckDB cannot use to spare reading. */
const unfiltered = (after: number) =>
  delta(after).replace("commit_seq >", "CAST(CAST(commit_seq AS VARCHAR) AS BIGINT) >");

describe("watching model runs", () => {
  let desk: Desk;
  const open = async (declared?: Parameters<typeof openDesk>[0]) => {
    desk = await openDesk(declared);
  };
  afterEach(() => desk.close());

  describe("the canary", () => {
    beforeEach(async () => {
      await open();
      for (let n = 0; n < 4; n++) await desk.promote(day);
      assert.deepEqual(await desk.build({ run: "run-1", sql: full, kind: "full" }), []);
      await desk.promote(day);
      assert.deepEqual(await desk.build({ run: "run-2", sql: delta(4) }), []);
      await desk.promote(day);
    });

    it("is silent of a first build, of its first delta, and of deltas like the one before", async () => {
      assert.deepEqual(await desk.build({ run: "run-3", sql: delta(5) }), []);
    });

    it("tells a filter that no longer spares reading, with both figures and the command to look further", async () => {
      const [told, ...more] = await desk.build({ run: "run-3", sql: unfiltered(5) });
      assert.match(
        told ?? "",
        /^watch\.scan_doubled daily: Model daily scanned [\d.]+ MB .*, [\d.]+ times the [\d.]+ MB/,
      );
      assert.match(told ?? "", /for each of 130,000 changed rows/);
      assert.match(told ?? "", /Likely cause: lost filter/);
      assert.match(told ?? "", /npx firn cost --model daily$/);
      assert.deepEqual(more, []);
    });

    it("is silent of a delta that grew in proportion", async () => {
      for (let n = 0; n < 3; n++) await desk.promote(day);
      assert.deepEqual(await desk.build({ run: "run-3", sql: delta(5) }), []);
    });

    it("tells a full refresh in place of a delta, and not the same refresh declared as a backfill", async () => {
      assert.deepEqual(await desk.build({ run: "run-3", sql: full, kind: "full", backfill: true }), []);
      await desk.promote(day);
      assert.deepEqual(await desk.build({ run: "run-4", sql: delta(6) }), []);
      const [told] = await desk.build({ run: "run-5", sql: full, kind: "full" });
      assert.match(told ?? "", /Likely cause: full refresh/);
    });

    it("tells a new version that reads more than the rebuild before it", async () => {
      const twice = full.replace("silver.events", "(FROM silver.events UNION ALL FROM silver.events)");
      assert.deepEqual(await desk.build({ run: "run-3", sql: full, kind: "full", version: "v2" }), []);
      const [told] = await desk.build({
        run: "run-4",
        sql: twice.replace("SUM(reading)", "SUM(reading + 1)"),
        kind: "full",
        version: "v3",
      });
      assert.equal(told, undefined, "exactly twice is not more than twice");
      const thrice = full.replace(
        "silver.events",
        "(FROM silver.events UNION ALL FROM silver.events UNION ALL FROM silver.events UNION ALL FROM silver.events UNION ALL FROM silver.events)",
      );
      const [more] = await desk.build({ run: "run-5", sql: thrice, kind: "full", version: "v4" });
      assert.match(more ?? "", /Likely cause: new model version/);
    });

    it("notes and tells once, however often a run is watched", async () => {
      const results = [await desk.built({ run: "run-3", sql: unfiltered(5) })];
      const request = { team, release: desk.release, run: "run-3", results, at: desk.now() };
      const count = async () => (await desk.warehouse.query("SELECT COUNT(*) AS n FROM ledger.scans"))[0]?.n;
      const before = Number(await count());
      desk.world.alertsSent.length = 0;
      await runWatch(request, desk.world);
      await runWatch(request, desk.world);
      assert.equal(Number(await count()), before + 1);
      assert.equal(desk.world.alertsSent.length, 1);
    });

    it("is silent of a model that failed", async () => {
      const built = await desk.built({ run: "run-3", sql: unfiltered(5) });
      desk.world.alertsSent.length = 0;
      const results = [{ ...built, status: "error" as const }];
      await runWatch({ team, release: desk.release, run: "run-3", results, at: desk.now() }, desk.world);
      assert.deepEqual(desk.world.alertsSent, []);
    });
  });

  describe("the budget", () => {
    const noon = (date: number) => `2024-03-${String(date).padStart(2, "0")}T12:00:00.000Z`;
    /** One build a day: half a second of work, a minute until the warehouse stops. */
    const minute = 60.5 / 3600;

    it("is silent while a month like this stays below each share", async () => {
      await open({ budget: { creditsPerMonth: 100 } });
      desk.setNow(noon(1));
      assert.deepEqual(await desk.build({ run: "run-1", sql: full, kind: "full" }), []);
    });

    it("tells each share once a month, whether foreseen or spent, and begins anew with the next", async () => {
      await open({ budget: { creditsPerMonth: minute * 31 * 0.9, alertAtShares: [0.5, 0.8, 1] } });
      const told: string[] = [];
      for (let date = 1; date <= 31; date++) {
        desk.setNow(noon(date));
        const alerts = await desk.build({ run: `run-${date}`, sql: full, kind: "full" });
        told.push(...alerts.map((each) => `${date}: ${each.slice(0, 90)}`));
      }
      assert.equal(told.length, 2, told.join("\n"));
      assert.match(told[0] ?? "", /^1: watch\.budget _gold: 100 % of the budget of .* credits for 2024-03/);
      assert.match(told[1] ?? "", /^28: watch\.budget _gold: 100 % .* for 2024-03/);
      desk.setNow("2024-04-01T12:00:00.000Z");
      const [april] = await desk.build({ run: "run-32", sql: full, kind: "full" });
      assert.match(april ?? "", /for 2024-04 will be spent by the month's end/);
    });

    it("asks nothing of a team without one", async () => {
      await open();
      assert.deepEqual(await desk.build({ run: "run-1", sql: full, kind: "full" }), []);
    });
  });

  describe("the bill", () => {
    it("is the sum of models, tests, stages and what was idle", async () => {
      await open({ elt: { size: "Small", autoSuspendSeconds: 90 } });
      const { release, world, warehouse } = desk;
      const load = await desk.statements(() => desk.promote(day));
      await noteStage({ team, release, run: "run-1", stage: "load", statements: load }, world);
      await noteStage({ team, release, run: "run-1", stage: "load", statements: load }, world);
      const model = await desk.built({ run: "run-1", sql: full, kind: "full" });
      const tested = await desk.statements(() => warehouse.query("SELECT COUNT(*) FROM gold.daily"));
      const test = {
        ...model,
        id: "test.shop.not_null_daily_device",
        name: "not_null_daily_device",
        statements: tested,
      };
      await runWatch({ team, release, run: "run-1", results: [model, test], at: desk.now() }, world);
      desk.setNow("2024-03-01T07:00:00.000Z");
      await desk.build({ run: "run-2", sql: full, kind: "full" });

      const cost = await readCost(warehouse, release, {
        days: 7,
        now: "2024-03-02T00:00:00.000Z",
        models: [],
      });
      assert.ok(cost);
      const sum = cost.parts.reduce((total, { credits }) => total + credits, 0);
      assert.ok(Math.abs(sum + cost.idle - cost.credits) < 1e-9);
      // Two periods: from the first statement on until 90 s after the last one's end.
      const awake =
        Date.parse(tested[0]?.startedAt ?? "") + 500 + 90_000 - Date.parse(load[0]?.startedAt ?? "");
      assert.ok(Math.abs(cost.credits - ((awake / 1000 + 90.5) / 3600) * 2) < 1e-9, String(cost.credits));
      assert.deepEqual(
        cost.parts.map(({ model: of, part, runs, rowsWritten }) => [of, part, runs, rowsWritten]).sort(),
        [
          ["", "load", 1, day + 1],
          ["", "test", 1, null],
          ["daily", "build", 2, 14],
        ],
      );
      assert.ok(Math.abs(cost.spending.spent - cost.credits) < 1e-9);
    });

    it("gives each statement of a run its part at once", async () => {
      await open();
      await desk.build({ run: "run-1", sql: full, kind: "full" });
      const [row] = await desk.warehouse.query(
        "SELECT model, part, verb, warehouse, seconds, credits FROM ledger.scans",
      );
      assert.deepEqual(
        { ...row, credits: Number(row?.credits).toFixed(9) },
        {
          model: "daily",
          part: "build",
          verb: "INSERT",
          warehouse: "elt",
          seconds: 0.5,
          credits: (0.5 / 3600).toFixed(9),
        },
      );
    });

    it("is nothing where nothing was noted", async () => {
      await open();
      const asked = { days: 7, now: desk.now(), models: [] };
      assert.equal(await readCost(desk.warehouse, desk.release, asked), null);
    });
  });

  it("counts what changed for a build after the build before it, up to its own place, in all its pipelines", async () => {
    await open();
    const build = {
      model: "daily",
      run: "r",
      builtAt: "",
      kind: "full" as const,
      version: "v",
      backfill: false,
    };
    const of = (builtFrom: Record<string, number>) => ({ ...build, bytesScanned: 1, builtFrom });
    const promoted = [1, 2, 3, 4, 5].flatMap((commitSeq) => [
      { pipeline: "a", commitSeq, rows: 10 ** commitSeq },
      { pipeline: "b", commitSeq, rows: 2 * 10 ** commitSeq },
    ]);
    const builds = [of({ a: 4, b: 3 }), of({ a: 2, b: 3 }), of({ a: 1, b: 1 }), of({ a: 1 })];
    assert.deepEqual(
      withChangedRows(builds, promoted).map(({ changedRows }) => changedRows),
      [10 ** 3 + 10 ** 4, 10 ** 2 + 2 * (10 ** 2 + 10 ** 3), null, null],
    );
  });

  it("asks and notes in SQL that DuckDB runs, Snowflake's parser takes, and that was reviewed", async () => {
    await open();
    await desk.promote(10);
    const [statement] = await desk.statements(() => desk.warehouse.query("SELECT 'it''s'"));
    assert.ok(statement);
    for (const dialect of [duckdb, snowflake]) {
      const build = {
        model: "daily",
        run: "r",
        builtAt: "",
        kind: "full" as const,
        version: "v",
        backfill: false,
      };
      const sql = [
        planNoting(dialect, "ledger", billed(statementsOfStage("it's", "load", [statement]), undefined)),
        planBuilds(dialect, "ledger", ["daily", "weekly"], desk.now()),
        planPromoted(dialect, "ledger", [{ ...build, bytesScanned: null, builtFrom: { events: 3 } }]) ?? "",
        planRan(dialect, "ledger", desk.now()),
        planNoted(dialect, "ledger", desk.now()),
      ];
      compareWithSnapshot(new URL("snapshots/", import.meta.url), `watch.${dialect.name}.sql`, sql);
      for (const each of sql) {
        if (dialect.name === "duckdb") await desk.warehouse.query(each);
        else assertSnowflake(each);
      }
    }
  });
});
