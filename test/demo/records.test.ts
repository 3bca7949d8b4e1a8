import assert from "node:assert/strict";
import { type Activity, openTestPlatform, readAll } from "./support.ts";

const days = ["2013-11-15T06:00:00.000Z", "2013-11-16T06:00:00.000Z"] as const;

/** What the platform shows on a simulated day, by id. */
async function readDay(day: 1 | 2, rows?: number): Promise<Map<number, Activity>> {
  const now = days[day - 1] ?? "";
  const platform = await openTestPlatform({ now, day, ...(rows === undefined ? {} : { rows }) });
  try {
    const activities = await readAll(platform, "?limit=1000");
    return new Map(activities.map((activity) => [activity.activity_id, activity]));
  } finally {
    await platform.close();
  }
}

describe("what the learning platform shows on days 1 and 2", () => {
  let first: Map<number, Activity>;
  let second: Map<number, Activity>;
  before(async () => {
    [first, second] = [await readDay(1), await readDay(2)];
  });

  it("is at least 150,000 records on day 1, over many days", () => {
    assert.equal(first.size, 201_523);
    assert.ok(new Set([...first.values()].map((activity) => activity.occurred_on)).size > 50);
  });

  it("is nothing that happened or changed later than the day's instant", () => {
    for (const [index, shown] of [first, second].entries()) {
      const late = [...shown.values()].filter((activity) => activity.updated_at > (days[index] ?? ""));
      assert.deepEqual(late, []);
    }
  });

  it("is each record's latest state: changed ones are changed since day 1, all others as they were", () => {
    let changed = 0;
    for (const [id, before] of first) {
      const after = second.get(id);
      assert.ok(after);
      if (after.updated_at > days[0]) {
        changed += 1;
        assert.notEqual(after.status, before.status);
        assert.deepEqual({ ...after, status: "", updated_at: "" }, { ...before, status: "", updated_at: "" });
      } else {
        assert.deepEqual(after, before);
      }
    }
    assert.ok(changed > 200, String(changed));
  });

  it("confirms about 3 in 100 records, 2 to 9 days after they were recorded", () => {
    const confirmed = [...first.values()].filter((activity) => activity.status === "confirmed");
    assert.ok(confirmed.length > 0.02 * first.size && confirmed.length < 0.035 * first.size);
    for (const { occurred_on, updated_at } of confirmed) {
      const days = (Date.parse(updated_at) - Date.parse(occurred_on)) / 86_400_000;
      assert.ok(days >= 2 && days < 10, `${occurred_on} ${updated_at}`);
    }
  });

  it("withdraws nothing on day 1, and about 1 in 1,000 of its records on day 2", () => {
    const withdrawn = (shown: Map<number, Activity>) =>
      [...shown.values()].filter((activity) => activity.status === "withdrawn");
    assert.deepEqual(withdrawn(first), []);
    const ids = withdrawn(second).map((activity) => activity.activity_id);
    assert.ok(ids.length > 100 && ids.length < 300, String(ids.length));
    assert.ok(ids.every((id) => first.has(id)));
  });

  it("carries an undeclared client in what is new since day 1, and nowhere else", () => {
    assert.ok([...first.values()].every((activity) => !("client" in activity)));
    for (const [id, activity] of second) {
      assert.equal("client" in activity, !first.has(id));
    }
    assert.ok(second.size > first.size + 1000);
  });

  it("lacks the activity type in a few records", () => {
    const untyped = [...first.values()].filter((activity) => activity.activity_type === null);
    assert.ok(untyped.length > 10 && untyped.length < 100, String(untyped.length));
  });

  it("is exactly as many records on day 1 as asked for, if that is fewer than the excerpt has", async () => {
    assert.equal((await readDay(1, 2_345)).size, 2_345);
    assert.ok((await readDay(2, 2_345)).size < 2_500);
  });

  it("is exactly as many on day 1 if that is more: real records again, each under its own id", async () => {
    const platform = await openTestPlatform({ now: days[0], day: 1, rows: 210_000 });
    const shown = await readAll(platform, "?limit=1000&updated_before=2013-09-22T00:00:00Z");
    await platform.close();
    assert.equal(platform.records, 210_000);
    assert.equal(new Set(shown.map((activity) => activity.activity_id)).size, shown.length);
    assert.ok(shown.some((activity) => activity.activity_id > 2_000_000));
    for (const { activity_id, learner_id, clicks } of shown) {
      const origin = first.get(activity_id % 2_000_000);
      assert.deepEqual({ learner_id, clicks }, { learner_id: origin?.learner_id, clicks: origin?.clicks });
    }
  });
});
