import assert from "node:assert/strict";
import { type ProveOptions, proveStacks } from "../../runtime/cli/prove.ts";
import { openBench, orders } from "../cli/support.ts";
import { environment, openShop, readProject, type Shop } from "./shop.ts";

describe("firn prove, where a model is wrong", function () {
  this.timeout(60_000);
  let shop: Shop;
  before(async () => {
    shop = await openShop(400);
  });
  after(() => shop.close());

  const prove = (models: Record<string, string>, options: Partial<ProveOptions> = {}) =>
    proveStacks(
      { environment: environment("."), teams: [shop.team(models)] },
      { only: "incremental", ...options },
      { json: false, debug: false, folder: shop.folder, environment: "rig", command: "npx firn --dir x" },
    );
  const wrong = readProject("wrong/no_unique_key");

  it("tells the model, the seed, the order of commits and the rows of either side, and exits with 1", async () => {
    const { lines, exitCode } = await prove(wrong, { seeds: 6, reveal: true });
    assert.equal(exitCode, 1);
    const text = lines.join("\n");
    assert.match(text, /^shop\.daily_sales \(models\/daily_sales\.sql\) differs from its rebuild, seed \d$/m);
    assert.match(text, /^ {2}in order {3}(build, )?sales \d \(\d+ rows?\), .*build$/m);
    assert.match(
      text,
      /^ {2}only in the incremental table: \d+ rows?(, of which 10)?\n {4}sold_on +sales +revenue +commit_seq\n {4}2023-\d\d-\d\d +\d+ +\d+\.\d\d +\d+$/m,
    );
    assert.match(text, /^ {2}only in the rebuild: none$/m);
    assert.match(text, /^shop\.daily_sales +\d+ +6 +\d+ +NO: seed \d(, \d)*$/m);
  });

  it("names a command that repeats it, to the row", async () => {
    const first = await prove(wrong, { seeds: 6, rows: 100 });
    const command = first.lines.find((line) => line.startsWith("  again"));
    const [, model, seed] =
      /npx firn --dir x prove --only incremental --model (\S+) --seed (\d+) --rows 100$/.exec(
        command ?? "",
      ) ?? [];
    const again = await prove(wrong, { model: String(model), seed: Number(seed), rows: 100 });
    const findings = (report: { document: object }) => (report.document as { findings: object[] }).findings;
    assert.deepEqual(findings(again), findings(first));
  });

  it("masks texts and ids, in JSON too, and says how to see them; amounts and days stay", async () => {
    const models = readProject("wrong/change_time_without_overlap");
    const hidden = await prove(models, { seeds: 6 });
    const text = hidden.lines.join("\n");
    assert.equal(/customer \d/.test(text + JSON.stringify(hidden.document)), false);
    assert.match(text, /^ {4}#1 +2023-\d\d-\d\d +2023-\S+ \S+ +#1 +\d+\.\d\d +(true|false)$/m);
    assert.match(text, /Not equal: 1 of 1 model\. Names are masked: --reveal shows them\.$/m);
    assert.match((await prove(models, { seeds: 6, reveal: true })).lines.join("\n"), /customer \d/);
  });

  it("tells of each model once, and of all its seeds", async () => {
    const { document } = await prove(wrong, { seeds: 6 });
    const { findings, models } = document as { findings: object[]; models: { failedSeeds: number[] }[] };
    assert.equal(findings.length, 1);
    assert.ok(Number(models[0]?.failedSeeds.length) > 1);
  });

  it("exits with 0 where all are right", async () => {
    const right = readProject("prove/right");
    const { exitCode, lines, document } = await prove(right, { model: "order_totals", seed: 3 });
    assert.equal(exitCode, 0);
    assert.equal((document as { equal: boolean }).equal, true);
    assert.equal(lines.at(-1), "Equal, whole rows: 1 model, seed 3.");
  });

  it("says of a model that never grew by an increment that nothing is proven of it", async () => {
    const told = "shop.daily_sales never grew by an increment in these trials: nothing is proven of it.";
    for (let seed = 1; seed <= 20; seed++) {
      const { lines, document } = await prove(wrong, { seed });
      const [{ increments }] = (document as { models: [{ increments: number }] }).models;
      assert.equal(lines.includes(told), increments === 0, `seed ${seed}`);
      // Everything was committed before the first build.
      if (increments === 0) return;
    }
    assert.fail("Each of 20 trials had an increment.");
  });

  it("refuses what is no incremental model, and what is none at all", async () => {
    const models = { ...wrong, "models/seen.sql": "select 1 as one" };
    await assert.rejects(prove(models, { model: "seen" }), {
      code: "cli.usage",
      what: /it is no incremental model/,
    });
    await assert.rejects(prove(models, { model: "daily_sale" }), { code: "cli.usage", fix: /daily_sales/ });
    await assert.rejects(prove({ "dbt_project.yml": "name: shop\n", "models/seen.sql": "select 1 as one" }), {
      code: "cli.usage",
      what: "No team has an incremental model.",
    });
  });
});

describe("firn prove, of the shipped models", function () {
  this.timeout(60_000);
  const bench = openBench();
  after(() => bench.close());

  it("says to run first where nothing was landed, and proves what was", async () => {
    const none = await bench.firn("prove");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /batch\.unknown[\s\S]*Run first: `npx firn --dir \S+ run`/);
    const ids = Array.from({ length: 90 }, (_, at) => at + 1);
    bench.drop("orders-1.csv", inMonths(orders(ids.slice(0, 60))));
    bench.drop("orders-2.csv", inMonths(orders(ids.slice(60))));
    await bench.firn("run", "orders");
    const { code, stdout, stderr } = await bench.firn(
      "prove",
      "--only",
      "incremental",
      "--seeds",
      "6",
      "--json",
    );
    assert.equal(code, 0, stderr);
    const { equal, models, notes } = JSON.parse(stdout);
    assert.equal(equal, true);
    assert.deepEqual(
      models.map(({ team, model }: Record<string, string>) => `${team}.${model}`),
      ["commerce.customer_value", "commerce.daily_revenue", "commerce.monthly_revenue"],
    );
    // A month of growth and more: with one month alone, nothing would be compared with the month before.
    assert.equal(models.at(-1).rows, 9);
    assert.ok(notes.some((note: string) => /students_history is left out: a snapshot/.test(note)));
    assert.ok(notes.some((note: string) => /learner_activity has landed nothing yet/.test(note)));
  });
});

/** The same order lines, each in one of nine months. */
function inMonths(csv: string): string {
  let line = 0;
  return csv.replaceAll(/2024-01-31T/g, () => `2024-0${1 + (line++ % 9)}-1${line % 7}T`);
}
