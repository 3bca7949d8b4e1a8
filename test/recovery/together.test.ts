import assert from "node:assert/strict";
import { keys, seqOfKey } from "#core/names";
import { replayBatch } from "#worlds/replay";
import { copyFolder } from "../support/worlds.ts";
import { dieAt, type Labs, openLabs, openRandom } from "./schedules.ts";
import { days, putRelease, type runDay, runs, teamName } from "./small.ts";
import { haunt, shareDatabases, startTogether } from "./together.ts";

const seed = 20240115;

describe("two runs of one pipeline at once", function () {
  this.timeout(60_000);
  let labs: Labs;
  let restore: () => void;

  before(() => {
    restore = shareDatabases();
    labs = openLabs();
  });

  after(async () => {
    await labs.close();
    restore();
  });

  /** Replays the batch that the day before ended with. */
  const replayLast: typeof runDay = async (of, ports, run) => {
    const [pipeline = ""] = of.pipelines;
    const manifests = await (await ports.store(teamName)).list(keys.manifests(pipeline));
    const seq = seqOfKey(manifests.at(-1) ?? "") ?? 0;
    const release = await putRelease(of, ports);
    return [await replayBatch({ team: teamName, pipeline, release, run, seq }, ports)];
  };

  const pauses: [claim: string, effect: (pipeline: string) => string][] = [
    ["its plan", (pipeline) => `store.putIfAbsent raw/${pipeline}/plans/`],
    ["its manifest", (pipeline) => `store.putIfAbsent raw/${pipeline}/manifests/`],
    ["its promotion", () => "warehouse.promote"],
  ];
  for (const [claim, effect] of pauses)
    it(`a run that was taken over while it was paused before ${claim} changes nothing when it wakes`, async () => {
      for (const [k, run] of runs.entries()) {
        const lab = await labs.of(k);
        const [pipeline = ""] = run.pipelines;
        const { paused, first, disturbed, outcome } = await haunt(lab, 2, effect(pipeline));
        assert.ok(paused?.startsWith(effect(pipeline)), `${run.name} was not paused`);
        assert.equal(first[0]?.outcome, "skipped", `${run.name}: ${first[0]?.error?.message}`);
        assert.equal(disturbed, false);
        assert.deepEqual(outcome, lab.outcomeOf(2), run.name);
      }
    });

  it("a replay that was taken over while it was paused before its promotion changes nothing when it wakes", async () => {
    for (const k of runs.keys()) {
      const lab = await labs.of(k);
      const { first, disturbed, outcome } = await haunt(lab, 2, "warehouse.promote", { start: replayLast });
      assert.equal(first[0]?.outcome, "skipped", `${lab.run.name}: ${first[0]?.error?.message}`);
      assert.equal(disturbed, false);
      // Its raw tables stay: they are the janitor's.
      assert.deepEqual({ ...outcome, raw: [] }, lab.outcomeOf(2), lab.run.name);
    }
  });

  it("a run that was taken over is no failure, wherever it was paused", async () => {
    const random = openRandom(seed);
    for (let k = 0; k < 16; k++) {
      const lab = await labs.of(k);
      const day = days[k % days.length] ?? 1;
      const { paused, first, outcome } = await haunt(
        lab,
        day,
        1 + Math.floor(random() * lab.effectsOf(day).length),
      );
      const told = `${lab.run.name}, day ${day}, paused before ${paused}`;
      for (const { error } of first) assert.equal(error?.message, undefined, told);
      assert.deepEqual(outcome, lab.outcomeOf(day), told);
    }
  });

  it("no row is lost or doubled when it wakes while the other loads, checks or promotes the same batch", async () => {
    const [drop, load, check] = [
      'warehouse.run DROP TABLE IF EXISTS "raw".',
      'warehouse.run INSERT INTO "raw".',
      'warehouse.run CREATE OR REPLACE TABLE "raw".',
    ] as const;
    const promote = "warehouse.promote";
    const both: [asleep: string, awake: string][] = [
      [drop, load],
      [drop, check],
      [drop, promote],
      [load, load],
      [load, check],
      [load, promote],
      [check, load],
      [check, promote],
      [promote, promote],
    ];
    for (const [at, [asleep, awake]] of both.entries())
      for (const k of runs.keys()) {
        // Each pair of places for every third run: another third for the next pair.
        if ((k + at) % 3 !== 0) continue;
        const lab = await labs.of(k);
        const { first, outcome } = await haunt(lab, 2, asleep, { wakeBefore: awake });
        const told = `${lab.run.name}, ${asleep} while ${awake}`;
        assert.equal(first[0]?.outcome, "skipped", `${told}: ${first[0]?.error?.message}`);
        assert.deepEqual(outcome, lab.outcomeOf(2), told);
      }
  });

  it(`of two that start at the same instant one plans and promotes, and the other is skipped (32 interleavings of seed ${seed})`, async () => {
    for (let k = 0; k < 32; k++) {
      const random = openRandom(seed + k);
      const lab = await labs.of(k);
      const day = days[(k >> 3) % days.length] ?? 1;
      // The first half begins with a day, the second with what a dead run left of it.
      const folder =
        k < 16
          ? await copyFolder(lab.startOf(day), lab.place())
          : await dieAt(lab, day, {
              at: 1 + Math.floor(random() * lab.effectsOf(day).length),
              when: "before",
            });
      const { runs: both, outcome } = await startTogether(lab, day, folder, seed * 1_000_003 + 2 * k);
      const told = `interleaving ${k}: ${lab.run.name}, day ${day}`;
      for (const two of both) {
        const outcomes = two.map((each) => each.outcome).sort();
        // Where the dead run left little, the other may come when all is done: it begins no batch.
        const late = k >= 16 && two.some(({ state }) => state.batches === 0);
        assert.deepEqual(outcomes, ["done", late ? outcomes[1] : "skipped"], told);
      }
      assert.deepEqual(outcome, lab.outcomeOf(day), told);
    }
  });
});
