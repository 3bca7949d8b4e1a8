import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { FirnError } from "#core/errors";
import { goldFence, keys, warehouseNames } from "#core/names";
import { findOrphans } from "#janitor/run";
import { copyFolder, discard } from "../support/worlds.ts";
import { wrapPorts } from "./effects.ts";
import { clearGold } from "./gold.ts";
import { type Lab, openLab, recover } from "./lab.ts";
import { readOutcome } from "./outcome.ts";
import { dieAt, live, planSchedule } from "./schedules.ts";
import { killOnce } from "./single.ts";
import { days, gold, runDay, teamName } from "./small.ts";
import { haunt, shareDatabases, startTogether } from "./together.ts";

const seed = 20240115;
const schedules = 4;

describe("a run that builds gold", function () {
  this.timeout(120_000);
  let lab: Lab;
  let restore: () => void;
  before(async () => {
    restore = shareDatabases();
    lab = await openLab(gold);
  });
  after(async () => {
    await lab?.close();
    restore();
  });

  /** The numbers of a day's effects in gold, each once the lease is taken, that begin so. */
  function numbersOf(beginning: string): number[] {
    const effects = lab.effectsOf(2);
    const from = effects.findIndex((effect) =>
      effect.startsWith(`store.putIfAbsent ${keys.leases(goldFence)}`),
    );
    assert.ok(from > 0);
    return effects.flatMap((effect, at) => (at > from && effect.startsWith(beginning) ? [at + 1] : []));
  }

  // Some of the disks; `npm run prove -- --only recovery --every` takes all.
  const killed: string[] = [];
  for (const [first, day] of days.entries())
    it(`killed once on day ${day}, before or after any side effect, ends in the same gold`, async () => {
      const { kills, disks, failures } = await killOnce(lab, day, {
        ...{ first, of: 16, from: keys.leases(goldFence), always: keys.lastModels },
      });
      console.log(`      ${kills.length} kills leave ${disks} different disks`);
      killed.push(...kills);
      assert.deepEqual(failures, []);
    });

  it("was killed before and after what it promotes, changes and notes", () => {
    for (const when of ["before", "after"])
      for (const method of ["warehouse.promote", "warehouse.run", "store.put"])
        assert.ok(
          killed.some((kill) => kill.startsWith(`${when} ${method} `)),
          `${when} ${method}`,
        );
  });

  it(`killed at random, in its pipeline or in gold, and again while it recovers, ends in the same gold (${schedules} schedules of seed ${seed})`, async () => {
    for (let k = 0; k < schedules; k++) {
      await live(lab, planSchedule(lab, seed, k)).catch((error: Error) => {
        throw new Error(`schedule ${k}: ${error.message}\n${(error.cause as Error).message}`);
      });
    }
  });

  describe("that was taken over by one with a later instant in its rows", () => {
    const now = "2024-01-04T01:05:00.000Z";
    let later: Record<string, unknown>;
    before(async () => {
      const folder = await copyFolder(lab.startOf(2), lab.place());
      const world = lab.open(folder, 2, "later", { now });
      await runDay(gold, world, "later");
      later = (await readOutcome(gold, world)).gold.tables;
      assert.notDeepEqual(later, lab.outcomeOf(2).gold.tables);
      await discard(world, teamName);
    });

    async function changesNothing(pauseBefore: number, of: Parameters<typeof haunt>[3] = {}): Promise<void> {
      const { paused, first, disturbed, outcome } = await haunt(lab, 2, pauseBefore, { ...of, now });
      assert.equal(first.at(-1)?.outcome, "skipped", `${paused}: ${first.at(-1)?.error?.message}`);
      assert.equal(disturbed, false);
      assert.deepEqual(outcome.gold.tables, later, `paused before effect ${pauseBefore}, ${paused}`);
    }

    it("changes nothing when it wakes, whatever it was to promote", async () => {
      const promotions = numbersOf("warehouse.promote");
      assert.equal(promotions.length, Object.keys(later).length);
      for (const number of promotions) await changesNothing(number);
    });

    const table = 'TABLE "gold"."plain';
    for (const [claim, wake] of [
      ["is about to make", { wakeBefore: `warehouse.run CREATE OR REPLACE ${table}` }],
      ["has made, and not yet promoted,", { wakeAfter: `warehouse.run CREATE OR REPLACE ${table}` }],
      ["has promoted", { wakeBefore: `warehouse.run DROP ${table.replace("TABLE", "TABLE IF EXISTS")}` }],
    ] as const)
      it(`changes nothing where it wakes while that one ${claim} the same table`, async () => {
        const [number = 0] = numbersOf(`warehouse.run CREATE OR REPLACE ${table}`);
        for (const pauseBefore of [number, number + 1]) await changesNothing(pauseBefore, wake);
      });
  });

  it("of two that start at the same instant one builds, and the other is skipped", async () => {
    for (let k = 0; k < 2; k++) {
      const folder = await copyFolder(lab.startOf(2), lab.place());
      const { built, outcome } = await startTogether(lab, 2, folder, seed + k);
      assert.deepEqual(built?.map((each) => each.outcome).sort(), ["done", "skipped"]);
      assert.deepEqual(outcome, lab.outcomeOf(2));
    }
  });

  it("on a disk that is full fails, changes no table, and is made up for once there is space", async () => {
    const full = new FirnError("store.full", {
      what: "The disk is full.",
      why: "It is.",
      fix: "Make space.",
    });
    const merge = numbersOf('warehouse.run CREATE OR REPLACE TABLE "gold"."merged')[0] ?? 0;
    const promotion = numbersOf("warehouse.promote").find((number) => number > merge);
    for (const number of [merge, promotion, ...numbersOf("store.put state/models/").slice(-1)]) {
      const folder = await copyFolder(lab.startOf(2), lab.place());
      const world = lab.open(folder, 2, "full");
      let begun = 0;
      const ports = wrapPorts(world, {
        around: async (_effect, work) => {
          if (++begun === number) throw full;
          return work();
        },
        passing: () => ++begun > 0,
      });
      const executions = await runDay(gold, ports, "full");
      assert.equal(executions.at(-1)?.error?.code, "store.full", lab.effectsOf(2)[(number ?? 0) - 1]);
      const { tables } = (await readOutcome(gold, world)).gold;
      const [before, after] = [lab.outcomeOf(1), lab.outcomeOf(2)].map((outcome) => outcome.gold.tables);
      for (const [name, table] of Object.entries(tables).filter(([name]) => name.startsWith("BASE TABLE")))
        assert.ok(
          [before, after].some((of) => JSON.stringify(of?.[name]) === JSON.stringify(table)),
          `${name} is neither as it was nor as it is to be`,
        );
      await discard(world, teamName);
      await recover(lab, folder, 2, "recovery");
      await rm(folder, { recursive: true });
    }
  });

  it("and is killed leaves tables under way, which the janitor lists with why, and takes", async () => {
    const [number = 0] = numbersOf('warehouse.run CREATE OR REPLACE TABLE "gold"."merged');
    const folder = await dieAt(lab, 2, { at: number, when: "after" });
    const place = { team: teamName, names: warehouseNames(teamName), pipeline: goldFence };
    const found = async (owner: string, ownerIsGone?: () => boolean) => {
      const world = lab.open(folder, 2, owner, ownerIsGone && { ownerIsGone });
      const orphans = await findOrphans(place, world);
      await discard(world, teamName);
      return orphans.filter(({ kind }) => kind === "table").map(({ where, why }) => `${where}: ${why}`);
    };
    assert.deepEqual(await found("looking"), [
      "gold.merged__next_2: the model run of epoch 2 ended before it took its place",
    ]);
    assert.deepEqual(await found("looking", () => false), [], "its run may be at work");
    const world = lab.open(folder, 2, "janitor");
    const before = await readOutcome(gold, world);
    assert.ok((await clearGold(teamName, world)).includes("gold.merged__next_2"));
    delete before.gold.tables["BASE TABLE merged__next_2"];
    assert.deepEqual(await readOutcome(gold, world), before);
    await discard(world, teamName);
    await recover(lab, folder, 2, "recovery");
  });
});
