import assert from "node:assert/strict";
import type { NodeResult, StatementRecord } from "#core/models";
import { openTeamLedger } from "#ledger/lake";
import { makeRelease } from "#release";
import { loadStacks } from "#stacks";
import { noteStage, runWatch } from "#watch/run";
import { openLocalWorld } from "#worlds/local";
import { openBench } from "./support.ts";

/** The command's clock stands at 2024-02-01 06:00 UTC. */
describe("firn cost", function () {
  this.timeout(30_000);
  const bench = openBench();
  const statement = (startedAt: string, of: Partial<StatementRecord> = {}): StatementRecord => ({
    digest: "0123456789abcdef",
    verb: "MERGE",
    startedAt,
    seconds: 60,
    rowsScanned: 1000,
    bytesScanned: 2_500_000,
    rowsWritten: 10,
    ...of,
  });
  const node = (name: string, statements: StatementRecord[]): NodeResult => ({
    id: `model.commerce.${name}`,
    name,
    status: "success",
    kind: "incremental",
    version: "0123456789abcdef",
    startedAt: "2024-01-31T06:00:00.000Z",
    seconds: 60,
    statements,
  });

  after(() => bench.close());

  it("says before anything ran what to run first, and leaves nothing behind", async () => {
    const { stdout, code } = await bench.firn("cost");
    assert.match(stdout, /^No statement is noted in the last 7 days: `npx firn --dir \S+ run` builds/);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse((await bench.firn("cost", "--json")).stdout).teams, []);
  });

  describe("after runs", () => {
    before(async () => {
      const stacks = loadStacks("local");
      const declared = stacks.teams.find(({ name }) => name === "commerce");
      assert.ok(declared);
      const { release } = makeRelease(declared);
      const team = "commerce";
      const world = openLocalWorld(stacks.environment, { folder: bench.world, variables: {} });
      await openTeamLedger(world, release);
      const load = [
        statement("2024-01-31T06:00:00.000Z", { verb: "INSERT", rowsScanned: null, bytesScanned: null }),
      ];
      await noteStage({ team, release, run: "run-1", stage: "load", statements: load }, world);
      const results = [
        node("monthly_revenue", [statement("2024-01-31T06:01:00.000Z")]),
        node("best_sellers", [statement("2024-01-31T06:02:00.000Z", { seconds: 30, rowsScanned: 5 })]),
        {
          ...node("not_null_revenue", [statement("2024-01-31T06:02:30.000Z", { seconds: 15 })]),
          id: "test.commerce.x",
        },
      ];
      await runWatch({ team, release, run: "run-1", results, at: "2024-01-31T06:03:00.000Z" }, world);
      const earlier = [node("monthly_revenue", [statement("2024-01-02T06:00:00.000Z")])];
      await runWatch(
        { team, release, run: "run-0", results: earlier, at: "2024-01-02T06:03:00.000Z" },
        world,
      );
      const warehouse = await world.warehouse(team);
      const build = (run: string, seq: number, day: string) =>
        `('monthly_revenue', '${run}', 'incremental', '0123456789abcdef', FALSE, '{"orders":"${seq}"}', ${seq}, TIMESTAMPTZ '2024-01-${day} 06:03:00Z')`;
      await warehouse.run([
        `INSERT INTO ledger.models VALUES ${build("run-0", 1, "02")}, ${build("run-1", 2, "31")}`,
        "INSERT INTO ledger.batches (pipeline, commit_seq, promoted, vanished) VALUES ('orders', 1, 7, 0), ('orders', 2, 900, 100)",
      ]);
      await world.close();
    });

    it("shows what each model and stage cost in the last 7 days, what was idle, and their sum", async () => {
      const { stdout, code } = await bench.firn("cost", "commerce");
      assert.equal(code, 0);
      assert.match(stdout, /^commerce, last 7 days: a warehouse of size X-Small that stops after 60 s$/m);
      assert.match(stdout, /^monthly_revenue +1 +60 +2\.5 MB +1,000 +10 +0\.0167$/m);
      assert.match(stdout, /^best_sellers +1 +30 +2\.5 MB +5 +10 +0\.0083$/m);
      assert.match(stdout, /^\(tests of models\) +1 +15 /m);
      assert.match(stdout, /^\(load\) +1 +60 +- +- +10 +0\.0167$/m);
      assert.match(stdout, /^idle +- .* 0\.0167$/m);
      assert.match(stdout, /^sum: the bill +- .* 0\.0625$/m);
    });

    it("shows the month so far and at its end, by the machine's month in UTC", async () => {
      const { stdout } = await bench.firn("cost");
      assert.match(
        stdout,
        /^2024-02: 0\.0000 credits so far, \d+\.\d{4} by its end; no budget is declared$/m,
      );
    });

    it("looks back as far as it is told", async () => {
      const { teams } = JSON.parse((await bench.firn("cost", "--days", "31", "--json")).stdout);
      const { credits, idle, parts } = teams[0];
      const model = parts.find((each: { model: string }) => each.model === "monthly_revenue");
      assert.deepEqual([model.runs, model.seconds, model.bytesScanned], [2, 120, 5_000_000]);
      const sum = parts.reduce((total: number, each: { credits: number }) => total + each.credits, idle);
      assert.ok(Math.abs(sum - credits) < 1e-9);
      assert.ok(Math.abs(credits - (225 + 120) / 3600) < 1e-9, String(credits));
    });

    it("shows a model's last builds, each with its bytes for each changed row", async () => {
      const { stdout } = await bench.firn("cost", "--model", "monthly_revenue");
      assert.match(
        stdout,
        /^commerce\.monthly_revenue: 0\.0167 credits in 1 run; its last builds, newest first:$/m,
      );
      assert.match(stdout, /^2024-01-31 06:03:00 +run-1 +incremental +01234567 +1,000 +2\.5 MB +2\.5 kB$/m);
      assert.match(stdout, /^2024-01-02 06:03:00 +run-0 +incremental +01234567 +- +2\.5 MB +-$/m);
    });

    it("refuses a model that was never built, a team there is not, and no days at all", async () => {
      const [model, team, days] = await Promise.all([
        bench.firn("cost", "--model", "monthly_revenu"),
        bench.firn("cost", "comerce"),
        bench.firn("cost", "--days", "0"),
      ]);
      assert.match(model.stderr, /cli\.usage[\s\S]*Did you mean monthly_revenue\?/);
      assert.match(team.stderr, /cli\.usage[\s\S]*Did you mean commerce\?/);
      assert.match(days.stderr, /cli\.usage/);
      assert.deepEqual([model.code, team.code, days.code], [2, 2, 2]);
    });
  });
});
