import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { skipUnless } from "../support/skips.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const data = resolve(process.env.FIRN_TEST_DATA ?? join(root, "../shared/data"));

/** The published data sets, whole, through npm start's own path: sources, bronze, silver. */
describe("all rows of the published data sets", function () {
  this.timeout(180_000);
  let folder = "";

  before(async function () {
    const needed = [
      "oulad/studentVle_first1048575.parquet",
      "oulad/vle.parquet",
      "online_retail/online_retail.parquet",
    ];
    const there = needed.every((file) => existsSync(join(data, file)));
    skipUnless.call(
      this,
      there,
      `the published data sets are not in ${data}; set FIRN_TEST_DATA to their folder`,
    );
    folder = await mkdtemp(join(tmpdir(), "firn-published-"));
    await node("demo/start.ts", "--data", data, "--dir", folder, "--json");
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it("of learner activity arrive, to the exact number, clicks and learners", async () => {
    const [row] = await query(
      "SELECT count(*) AS n, sum(clicks) AS clicks, count(DISTINCT learner_id) AS learners, count(DISTINCT activity_id) AS ids FROM learning.silver.learner_activity",
    );
    assert.deepEqual(row, { n: "1048575", clicks: "3516339", learners: "4080", ids: "1048575" });
  });

  it("of the shop arrive, to the exact number, amounts, cancellations and files", async () => {
    const [row] = await query(
      "SELECT count(*) AS n, CAST(sum(quantity * unit_price) AS VARCHAR) AS amount, " +
        "CAST(sum(quantity * unit_price) FILTER (WHERE invoice_no LIKE 'C%') AS VARCHAR) AS cancelled, " +
        "count(DISTINCT _file) AS files, count(DISTINCT customer_id) AS customers, " +
        "count(*) FILTER (WHERE customer_id IS NULL) AS anonymous FROM commerce.silver.orders",
    );
    assert.deepEqual(row, {
      n: "541909",
      amount: "9747747.934",
      cancelled: "-896812.490",
      files: "305",
      customers: "4372",
      anonymous: "135080",
    });
  });

  it("leave nothing in quarantine", async () => {
    const [row] = await query(
      "SELECT (SELECT count(*) FROM commerce.quarantine.orders) + (SELECT count(*) FROM learning.quarantine.learner_activity) AS n",
    );
    assert.deepEqual(row, { n: "0" });
  });

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const { rows } = JSON.parse(await node("runtime/cli.js", "sql", sql, "--json", "--dir", folder)) as {
      rows: Record<string, unknown>[];
    };
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
    );
  }

  async function node(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }
});
