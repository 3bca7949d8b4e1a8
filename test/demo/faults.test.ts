import assert from "node:assert/strict";
import { openRefusals } from "../../demo/platform/faults.ts";
import { type Activity, get, openTestPlatform, readAll, walk } from "./support.ts";

const dayTwo = { now: "2013-11-16T06:00:00.000Z", day: 2, rows: 4_000 };

describe("a learning platform that stumbles", () => {
  it("answers 503 to everything for 2.5 seconds from the first request on, and then works", () => {
    let nowMs = 50_000;
    const refusals = openRefusals(new Set(["outage"]), () => nowMs);
    assert.equal(refusals.ofRequest()?.status, 503);
    nowMs += 2_499;
    assert.equal(refusals.ofRequest()?.status, 503);
    nowMs += 1;
    assert.equal(refusals.ofRequest(), undefined);
    nowMs += 60_000;
    assert.equal(refusals.ofRequest(), undefined);
  });

  it("says with a 429 how long to wait, and answers whoever waited that long", async () => {
    const platform = await openTestPlatform(dayTwo, ["rate-limit"]);
    try {
      assert.equal((await get(platform, "")).status, 200);
      const limited = await get(platform, "");
      assert.deepEqual([limited.status, limited.headers.get("retry-after")], [429, "1"]);
      assert.equal((await get(platform, "")).status, 429);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.equal((await get(platform, "")).status, 200);
    } finally {
      await platform.close();
    }
  });

  it("serves one page of a walk twice, under two cursors, and loses none", async () => {
    const steady = await openTestPlatform(dayTwo);
    const shifting = await openTestPlatform(dayTwo, ["duplicate-page"]);
    try {
      const pages: Activity[][] = [];
      for await (const page of walk(shifting, "?limit=500")) {
        pages.push(page);
      }
      assert.deepEqual(pages[2], pages[1]);
      pages.splice(2, 1);
      assert.deepEqual(pages.flat(), await readAll(steady, "?limit=500"));
    } finally {
      await steady.close();
      await shifting.close();
    }
  });

  it("has a handful of broken records in each day's data from day 2 on, and none on day 1", async () => {
    const broken = async (day: number, since: string) => {
      const now = `2013-11-${14 + day}T06:00:00.000Z`;
      const platform = await openTestPlatform({ now, day, rows: 1_000 }, ["malformed"]);
      try {
        const activities = await readAll(platform, `?updated_since=${since}`);
        return activities.filter((activity) => !isWhole(activity));
      } finally {
        await platform.close();
      }
    };
    assert.equal((await broken(1, "2013-01-01T00:00:00Z")).length, 0);
    assert.equal((await broken(2, "2013-11-15T06:00:00Z")).length, 5);
    assert.equal((await broken(3, "2013-11-16T06:00:00Z")).length, 5);
    assert.equal((await broken(3, "2013-11-15T06:00:00Z")).length, 10);
  });
});

function isWhole(activity: Activity & { site_id?: unknown }): boolean {
  return (
    Number.isInteger(activity.activity_id) &&
    Number.isInteger(activity.clicks) &&
    Number.isInteger(activity.site_id) &&
    !Number.isNaN(Date.parse(activity.occurred_on)) &&
    !Number.isNaN(Date.parse(activity.updated_at))
  );
}
