import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { planDay } from "../../demo/days.ts";
import { dropFiles, planDrop } from "../../demo/inbox.ts";
import { excerpt, queryRow, temporaryFolder } from "./support.ts";

describe("planning which order files come on which day", () => {
  const days = Array.from({ length: 12 }, (_, index) => planDrop(index + 1, 20, false));

  it("holds one back in the middle of day 1, and brings it on day 2", () => {
    assert.deepEqual(
      days[0]?.map((file) => file.index),
      [0, 1, 2, 4, 5, 6],
    );
    assert.deepEqual(
      days[1]?.map((file) => file.index),
      [3, 7],
    );
  });

  it("brings every file exactly once, one or two a day, and then none", () => {
    const indexes = days.flat().map((file) => file.index);
    assert.deepEqual(
      indexes.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.deepEqual(
      days.map((files) => files.length),
      [6, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0, 0],
    );
  });

  it("puts broken lines into the newest file of each day from day 2 on", () => {
    const injected = days.map((files) => files.filter((file) => file.injected).map((file) => file.index));
    assert.deepEqual(injected.slice(0, 4), [[], [7], [8], [10]]);
  });

  it("brings all published files on day 1, as they are, and none later", () => {
    assert.equal(planDrop(1, 305, true).length, 305);
    assert.ok(planDrop(1, 305, true).every((file) => !file.injected));
    assert.deepEqual(planDrop(2, 305, true), []);
  });
});

describe("dropping order files into the inbox", () => {
  const folder = join(temporaryFolder(), "orders");
  const [first, second] = [planDay(1, false), planDay(2, false)];
  before(async () => {
    await dropFiles({ folder, day: first });
    await dropFiles({ folder, day: second });
  });

  it("leaves whole files, each named after its day and its format", () => {
    assert.deepEqual(readdirSync(folder).sort(), [
      "orders-2010-12-01.csv",
      "orders-2010-12-02.jsonl",
      "orders-2010-12-03.csv",
      "orders-2010-12-05.csv.gz",
      "orders-2010-12-06.jsonl",
      "orders-2010-12-07.csv",
      "orders-2010-12-08.jsonl.gz",
      "orders-2010-12-09.csv",
    ]);
  });

  it("lets each file arrive on its simulated day, before that day's run", () => {
    for (const name of readdirSync(folder)) {
      const late = name.includes("12-05") || name.includes("12-09");
      const leadMs = Date.parse(late ? second.now : first.now) - statSync(join(folder, name)).mtimeMs;
      assert.ok(leadMs > 3_600_000 && leadMs <= 7_200_000, `${name} ${leadMs}`);
    }
  });

  it("writes every real line of a day, to the last thousandth, in each format", async () => {
    const columns =
      "count(*), count(customer_id), count(description), sum(line_id), sum(quantity * unit_price::DECIMAL(12,3))::VARCHAR";
    for (const name of readdirSync(folder).filter((name) => !name.includes("12-09"))) {
      const reader = name.includes(".csv") ? "read_csv" : "read_json";
      const date = name.slice("orders-".length, "orders-2010-12-01".length);
      assert.deepEqual(
        await queryRow(`SELECT ${columns} FROM ${reader}('${join(folder, name)}')`),
        await queryRow(`
          SELECT ${columns} FROM (SELECT src_row AS line_id, * FROM '${excerpt("online_retail_2010-12")}')
          WHERE file_date = DATE '${date}'`),
        name,
      );
    }
  });

  it("writes moments as ISO 8601, and nulls as empty in CSV and null in JSON", () => {
    const csv = readText("orders-2010-12-01.csv");
    assert.ok(
      csv.startsWith(
        "line_id,invoice_no,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country\n",
      ),
    );
    assert.match(csv, /^1,536365,85123A,.*,6,2010-12-01T08:26:00,2\.550,17850,United Kingdom$/m);
    assert.match(csv, /^\d+,536414,22139,,56,2010-12-01T11:52:00,0\.000,,United Kingdom$/m);
    assert.match(readText("orders-2010-12-08.jsonl.gz"), /"customer_id":null/);
  });

  it("breaks three lines on day 2 and none on day 1", () => {
    const brokenIn = (name: string) => readText(name).match(/^(\{"line_id":)?9000000\d\d,/gm)?.length ?? 0;
    assert.equal(brokenIn("orders-2010-12-09.csv"), 3);
    const others = readdirSync(folder).filter((name) => !name.includes("12-09"));
    assert.deepEqual(
      others.map(brokenIn),
      others.map(() => 0),
    );
    assert.match(readText("orders-2010-12-09.csv"), /,six,/);
  });

  it("leaves the same bytes and times when a day is repeated", async () => {
    const look = () =>
      readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs, readText(name)]);
    const before = look();
    await dropFiles({ folder, day: second });
    assert.deepEqual(look(), before);
  });

  function readText(name: string): string {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  }
});
