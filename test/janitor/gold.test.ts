import assert from "node:assert/strict";
import { keys } from "#core/names";
import { planModelRuns, planNextTables, runsKept } from "#janitor/gold";

const now = "2024-02-01T00:00:00.000Z";
const old = "2024-01-15T00:00:00.000Z";

describe("which tables under way in gold are orphans", () => {
  const standing = ["orders", "orders__next", "orders__next_2", "orders__next_3", "next_2", "a__next_2_b"];
  const takenAt = old;

  it("those of epochs before the newest one, by their names", () => {
    const orphans = planNextTables("gold", standing, { epoch: 3, ended: false, takenAt });
    assert.deepEqual(
      orphans.map(({ where, why }) => [where, why]),
      [["gold.orders__next_2", "the model run of epoch 2 ended before it took its place"]],
    );
  });

  it("those of the newest epoch, too, once its run has ended", () => {
    const orphans = planNextTables("gold", standing, { epoch: 3, ended: true, takenAt });
    assert.deepEqual(
      orphans.map(({ where }) => where),
      ["gold.orders__next_2", "gold.orders__next_3"],
    );
  });

  it("never those of an epoch to come", () => {
    assert.deepEqual(planNextTables("gold", standing, { epoch: 1, ended: true, takenAt }), []);
  });
});

describe("which notes of model runs are orphans", () => {
  const run = (at: number, day: string) => {
    const name = `run-${at}`;
    const noted = [keys.modelPlan(name), keys.nodeResult(name, 0), keys.artifact(name, "manifest.json")];
    return noted.map((key) => ({ key, bytes: 10, changedAt: day }));
  };
  /** Runs of one day each, the first one the oldest; all of them more than a day old. */
  const runs = Array.from({ length: runsKept + 3 }, (_, at) =>
    run(at, new Date(Date.parse(old) - (runsKept + 3 - at) * 86_400_000).toISOString()),
  );
  const namesOf = (orphans: { where: string }[]) => [
    ...new Set(orphans.map(({ where }) => where.split("/")[2])),
  ];

  it("all that runs noted since which thirty newer ones have come", () => {
    const orphans = planModelRuns(runs.flat(), null, now);
    assert.equal(runsKept, 30);
    assert.deepEqual(namesOf(orphans), ["run-0", "run-1", "run-2"]);
    assert.equal(orphans.length, 9);
    assert.equal(orphans[0]?.why, "30 newer model runs have come since");
  });

  it("not those of the run that gold was built by last, of the last day, or the note of the last build", () => {
    const note = { key: keys.lastModels, bytes: 1, changedAt: old };
    assert.deepEqual(namesOf(planModelRuns([note, ...runs.flat()], "run-1", now)), ["run-0", "run-2"]);
    const young = Array.from({ length: runsKept + 3 }, (_, at) => run(at, "2024-01-31T12:00:00.000Z"));
    assert.deepEqual(planModelRuns(young.flat(), null, now), []);
  });

  it("none of a run whose last note is young, though its first ones are old", () => {
    const [first = [], ...others] = runs;
    const going = [...first.slice(1), { ...(first[0] as (typeof first)[number]), changedAt: now }];
    assert.deepEqual(
      namesOf(planModelRuns([...going, ...others.flat()], null, now)),
      ["run-1", "run-2", "run-3"].slice(0, 3),
    );
  });
});
