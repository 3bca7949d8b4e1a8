import assert from "node:assert/strict";
import type { Platform } from "../../demo/platform/server.ts";
import { excerpt, get, nextQuery, openTestPlatform, queryRow, readAll, token, walk } from "./support.ts";

/** After the last row of the excerpt. */
const afterAll = { now: "2014-08-01T00:00:00.000Z", day: 1 };
const dayOne = { now: "2013-11-15T06:00:00.000Z", day: 1 };

describe("walking the learning platform's activities", () => {
  let platform: Platform;
  before(async () => {
    platform = await openTestPlatform(afterAll);
  });
  after(() => platform.close());

  it("meets every published row exactly once, oldest change first, with all its clicks", async () => {
    const ids = new Set<number>();
    let rows = 0;
    let clicks = 0;
    let last = "";
    for await (const page of walk(platform, "?limit=1000")) {
      for (const { activity_id, clicks: more, updated_at } of page) {
        const place = `${updated_at} ${String(activity_id).padStart(12, "0")}`;
        assert.ok(place > last, `${place} came after ${last}`);
        last = place;
        ids.add(activity_id);
        rows += 1;
        clicks += more;
      }
    }
    const published = await queryRow(
      `SELECT count(*), count(DISTINCT src_row), sum(sum_click) FROM '${excerpt("learner_activity_2013J")}'`,
    );
    assert.deepEqual([rows, ids.size, clicks], published.map(Number));
    assert.equal(rows, platform.records);
  });

  it("leaves out the instant it starts from and takes in the one it ends at", async () => {
    const [first, second, third] = await readAll(
      platform,
      "?updated_since=2013-10-10T12:00:00Z&updated_before=2013-10-10T12:05:00Z",
    );
    assert.ok(first && second && third);
    const between = `?updated_since=${first.updated_at}&updated_before=${third.updated_at}`;
    assert.deepEqual(await readAll(platform, between), [second, third]);
  });

  it("misses and repeats nothing where one window ends and the next begins", async () => {
    const days = ["2013-10-10T00:00:00Z", "2013-10-10T12:00:00Z", "2013-10-11T00:00:00Z"] as const;
    const window = (since: string, before: string) =>
      readAll(platform, `?limit=777&updated_since=${since}&updated_before=${before}`);
    const halves = [...(await window(days[0], days[1])), ...(await window(days[1], days[2]))];
    assert.deepEqual(halves, await window(days[0], days[2]));
    assert.ok(halves.length > 2000);
  });

  it("gives an empty page and no link for a window in which nothing changed", async () => {
    const response = await get(platform, "?updated_since=2030-01-01T00:00:00Z");
    assert.deepEqual(await response.json(), []);
    assert.equal(nextQuery(response), undefined);
  });

  it("gives 100 records unless told, and never more than 1,000, without a word", async () => {
    const count = async (query: string) => ((await (await get(platform, query)).json()) as unknown[]).length;
    assert.deepEqual([await count(""), await count("?limit=7"), await count("?limit=5000")], [100, 7, 1000]);
  });

  it("links to the next page by an absolute address among quoted parameters", async () => {
    const link = (await get(platform, "?limit=5")).headers.get("link") ?? "";
    assert.match(
      link,
      /<http:\/\/127\.0\.0\.1:\d+\/v1\/activities\?limit=5&cursor=[\w-]+>; title="[^"]*,[^"]*;[^"]*"; rel="next"/,
    );
  });
});

describe("asking the learning platform", () => {
  let platform: Platform;
  before(async () => {
    platform = await openTestPlatform({ ...dayOne, rows: 3000 });
  });
  after(() => platform.close());

  it("is refused without the token, or with another one", async () => {
    for (const Authorization of ["", "Bearer wrong", token, `Basic ${token}`]) {
      const response = await get(platform, "", { Authorization });
      assert.equal(response.status, 401);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.doesNotMatch(await response.text(), new RegExp(token));
    }
  });

  it("is told at once of every parameter that is unknown, repeated or malformed", async () => {
    const response = await get(platform, "?since=2013-10-10&limit=0&updated_since=yesterday&limit=2");
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    const { detail } = (await response.json()) as { detail: string };
    for (const word of ["since", "limit", "updated_since", "more than once"]) {
      assert.ok(detail.includes(word), detail);
    }
  });

  it("is refused a cursor that was made up, or given to another query", async () => {
    const next = nextQuery(await get(platform, "?limit=10")) ?? "";
    assert.equal((await get(platform, next)).status, 200);
    assert.equal((await get(platform, next.replace("limit=10", "limit=20"))).status, 400);
    assert.equal((await get(platform, "?cursor=bWFkZSB1cA")).status, 400);
  });

  it("gets the same records gzipped when it asks for that, and only then", async () => {
    const plain = await get(platform, "?limit=500");
    const zipped = await get(platform, "?limit=500", { "Accept-Encoding": "br, gzip;q=0.8" });
    const refused = await get(platform, "?limit=500", { "Accept-Encoding": "gzip;q=0" });
    const encodings = [plain, zipped, refused].map((response) => response.headers.get("content-encoding"));
    assert.deepEqual(encodings, [null, "gzip", null]);
    assert.equal(await zipped.text(), await plain.text());
  });

  it("is told that a page has not changed, if it shows the page's ETag", async () => {
    const etag = (await get(platform, "")).headers.get("etag") ?? "";
    assert.equal((await get(platform, "", { "If-None-Match": etag })).status, 304);
    assert.equal((await get(platform, "?limit=5", { "If-None-Match": etag })).status, 200);
  });

  it("finds nothing at other addresses and changes nothing", async () => {
    const base = `http://127.0.0.1:${platform.port}`;
    assert.equal((await fetch(`${base}/v1/learners`)).status, 404);
    assert.equal((await fetch(`${base}/v1/activities`, { method: "DELETE" })).status, 405);
  });
});
