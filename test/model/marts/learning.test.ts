import assert from "node:assert/strict";
import fc from "fast-check";
import { type Change, changeOf, kept } from "./activity.ts";
import { assertEqualsRebuild, type Gold, openGold } from "./build.ts";
import { readProject, render } from "./project.ts";

describe("the learning marts", () => {
  const project = readProject("learning");
  const [ann] = kept as [Change];

  it("equal their rebuild, whole rows, however activities change, are withdrawn, repeat and come late", async function () {
    this.timeout(60_000);
    // Of each activity, where it counts: that never changes.
    const place = fc.record({
      learner: fc.constantFrom("ann", "bob", "cid", null),
      day: fc.integer({ min: 1, max: 4 }),
      module: fc.constantFrom("AAA", "bbb "),
    });
    const told = fc.record({
      id: fc.nat(7),
      clicks: fc.nat(9),
      kind: fc.constantFrom<Change["kind"]>("recorded", "confirmed", "withdrawn"),
      version: fc.nat(30),
    });
    const history = fc.tuple(
      fc.array(place, { minLength: 8, maxLength: 8 }),
      fc.array(fc.tuple(told, fc.boolean()), { minLength: 1, maxLength: 25 }),
    );
    await fc.assert(
      fc.asyncProperty(history, async ([places, changes]) => {
        const gold = await openGold(project);
        let commit = 0;
        for (const [each, isBuilt] of changes) {
          commit += 1;
          await promote(gold, { ...(places[each.id] as (typeof places)[0]), ...each }, commit);
          if (isBuilt) await gold.build();
        }
        await gold.build();
        assert.deepEqual(await gold.rows(testOf("every_activity_counts_once")), []);
        await assertEqualsRebuild(gold);
        gold.close();
      }),
      { numRuns: 15 },
    );
  });

  it("find an activity that moved to another learner, course or day, until they are rebuilt", async () => {
    for (const moved of [{ learner: "bob" }, { module: "BBB" }, { day: 3 }]) {
      const gold = await builtAfter(kept, [{ ...ann, ...moved, version: 1 }]);
      assert.deepEqual(
        await gold.rows(testOf("every_activity_counts_once")),
        ["4 | 3"],
        JSON.stringify(moved),
      );
      await gold.rebuild();
      assert.deepEqual(await gold.rows(testOf("every_activity_counts_once")), []);
      gold.close();
    }
  });

  it("find an activity that was withdrawn without saying whose it was and when", async () => {
    const gold = await builtAfter(kept, [{ ...ann, kind: "bare", version: 1 }]);
    assert.deepEqual(await gold.rows(testOf("every_activity_counts_once")), ["3 | 2"]);
    assert.equal((await gold.rows(testOf("a_withdrawn_activity_names_its_day"))).length, 1);
    await gold.rebuild();
    assert.deepEqual(await gold.rows(testOf("every_activity_counts_once")), []);
    gold.close();
  });

  it("take an activity withdrawn as it was told for what it is", async () => {
    const gold = await builtAfter(kept, [{ ...ann, kind: "withdrawn", version: 1 }]);
    for (const name of ["every_activity_counts_once", "a_withdrawn_activity_names_its_day"])
      assert.deepEqual(await gold.rows(testOf(name)), [], name);
    gold.close();
  });

  it("read of a long history only the days of what is new, and nothing where nothing is", async () => {
    const gold = await openGold(project);
    await gold.build();
    await gold.sql(
      "INSERT INTO silver.learner_activity (activity_id, learner_id, module, presentation, clicks, occurred_on, _deleted, commit_seq) " +
        "SELECT i, 'learner' || i % 7, 'AAA', '2013J', 1, DATE '2009-01-01' + CAST(i // 1000 AS INTEGER), false, CASE WHEN i < 990000 THEN 1 ELSE 2 END FROM range(1000000) AS t(i)",
    );
    const scannedSince = async (commit: number) => {
      await gold.sql(`CREATE OR REPLACE TABLE gold.daily_engagement AS SELECT ${commit} AS commit_seq`);
      return gold.scanned(render(project, "daily_engagement", { type: "duckdb", incremental: true }).sql);
    };
    const [delta, none] = [await scannedSince(1), await scannedSince(2)];
    assert.ok(delta < 300_000, `scanned ${delta} rows of 1,000,000`);
    assert.ok(none < 10_000, `scanned ${none} rows of 1,000,000 for nothing`);
    gold.close();
  });

  it("read course progress from daily engagement, never from silver", () => {
    for (const incremental of [false, true])
      assert.deepEqual(
        new Set(render(project, "course_progress", { type: "duckdb", incremental }).refs),
        new Set(["daily_engagement"]),
      );
  });

  it("add up a learner's courses in the rolling engagement", async () => {
    const gold = await builtAfter([ann, { ...ann, id: 1, module: "BBB", clicks: 4 }], []);
    assert.deepEqual(
      await gold.rows(
        "SELECT concat_ws(' ', active_days_7, activities_7, clicks_7) FROM gold.rolling_engagement",
      ),
      ["1 2 5"],
    );
    gold.close();
  });

  it("count nothing of a withdrawn activity, and keep its day with zeros", async () => {
    const gold = await builtAfter([ann], [{ ...ann, kind: "withdrawn", version: 1 }]);
    assert.deepEqual(
      await gold.rows("SELECT concat_ws(' ', activities, clicks, commit_seq) FROM gold.daily_engagement"),
      ["0 0 2"],
    );
    assert.deepEqual(await gold.rows("SELECT learner_id FROM gold.rolling_engagement"), []);
    gold.close();
  });

  it("count engagement over the last 7 and 30 days, each with the day itself", async () => {
    const days = [1, 2, 8, 9].map((day): Change => ({ ...ann, id: day, day }));
    const gold = await builtAfter(days, []);
    assert.deepEqual(
      await gold.rows(
        "SELECT concat_ws(' ', occurred_on, clicks_7, clicks_30, active_days_7, active_days_30) FROM gold.rolling_engagement",
      ),
      ["2013-10-01 1 1 1 1", "2013-10-02 2 2 2 2", "2013-10-08 2 3 2 3", "2013-10-09 2 4 2 4"],
    );
    gold.close();
  });

  it("describe every column they have, and no other", async () => {
    const gold = await builtAfter([ann], []);
    await gold.assertDescribed();
    gold.close();
  });

  /** The SQL of a test of the project: it selects what is wrong. */
  function testOf(name: string): string {
    return render(project, name, { type: "duckdb", incremental: false }).sql;
  }

  /** Gold built after some changes, and again after some more. */
  async function builtAfter(first: readonly Change[], then: readonly Change[]): Promise<Gold> {
    const gold = await openGold(project);
    for (const each of first) await promote(gold, each, 1);
    await gold.build();
    for (const each of then) await promote(gold, each, 2);
    await gold.build();
    return gold;
  }

  async function promote(gold: Gold, change: Change, commit: number): Promise<void> {
    for (const statement of changeOf(change, commit)) await gold.sql(statement);
  }
});
