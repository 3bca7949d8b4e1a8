import assert from "node:assert/strict";
import fc from "fast-check";
import { type Change, changeOf, kept } from "./activity.ts";
import { assertEqualsRebuild, type Gold, openGold } from "./build.ts";
import { readProject, render } from "./project.ts";

describe("the learning marts", () => {
  const project = readProject("learning");
  const [ann] = kept as [Change];

  it("equal their rebuild, whole rows, however activities change, move, go and come late", async function () {
    this.timeout(60_000);
    const change = fc.record<Change>({
      id: fc.nat(7),
      learner: fc.constantFrom("ann", "bob", "cid", null),
      day: fc.integer({ min: 1, max: 4 }),
      module: fc.constantFrom("AAA", "bbb "),
      clicks: fc.nat(9),
      kind: fc.constantFrom("recorded", "confirmed", "withdrawn", "bare"),
      version: fc.nat(30),
    });
    const history = fc.array(fc.tuple(change, fc.boolean()), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(history, async (changes) => {
        const gold = await openGold(project);
        for (const each of kept) await promote(gold, each, 1);
        let commit = 1;
        for (const [each, isBuilt] of changes) {
          commit += 1;
          await promote(gold, each, commit);
          if (isBuilt) await gold.build();
        }
        await gold.build();
        await assertEqualsRebuild(gold);
        gold.close();
      }),
      { numRuns: 15 },
    );
  });

  it("leave nothing on a day that an activity moved away from", async () => {
    const gold = await builtAfter([...kept], [{ ...ann, day: 3, version: 1 }]);
    assert.deepEqual(
      await gold.rows("SELECT occurred_on FROM gold.daily_engagement WHERE learner_id = 'ann'"),
      ["2013-10-03"],
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

  it("miss nothing of a learner whose activity was withdrawn without saying whose it was", async () => {
    const other: Change = { ...ann, id: 1, day: 2 };
    const gold = await builtAfter([ann, other], [{ ...other, kind: "bare", version: 1 }]);
    assert.deepEqual(
      await gold.rows("SELECT occurred_on FROM gold.daily_engagement WHERE learner_id = 'ann'"),
      ["2013-10-01"],
    );
    gold.close();
  });

  it("tell when a learner is gone from silver and still stands in gold", async () => {
    const setting = { type: "duckdb", incremental: false } as const;
    const { sql } = render(project, "no_learner_outlives_silver", setting);
    const gold = await builtAfter([...kept], []);
    assert.deepEqual(await gold.rows(sql), []);
    await promote(gold, { ...ann, kind: "bare", version: 1 }, 3);
    await gold.build();
    assert.deepEqual(await gold.rows(sql), ["ann"]);
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

  /** Gold built after some changes, and again after some more. */
  async function builtAfter(first: Change[], then: Change[]): Promise<Gold> {
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
