import assert from "node:assert/strict";
import type { DbtNode } from "#model/dbt/project";
import { planCut } from "#prove/cut";
import { type Difference, maskDifference } from "#prove/differ/plan";
import { type Event, planEvents } from "#prove/plan";
import { openRandom } from "#prove/random";

const seeds = Array.from({ length: 200 }, (_, at) => at + 1);
const batches = (pipeline: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ pipeline, batch: at + 1, rows: 1 }));

describe("the plan of a trial", () => {
  const trials = seeds.map((seed) => planEvents(openRandom(seed), [...batches("a", 4), ...batches("b", 3)]));

  it("is the same for the same seed, and another for another", () => {
    const again = seeds.map((seed) => planEvents(openRandom(seed), [...batches("a", 4), ...batches("b", 3)]));
    assert.deepEqual(again, trials);
    assert.ok(new Set(trials.map((events) => JSON.stringify(events))).size > 190);
  });

  it("commits each batch once and builds after the last", () => {
    for (const [at, events] of trials.entries()) {
      const commits = events.filter((event) => event !== "build");
      assert.equal(new Set(commits.map(named)).size, 7, `seed ${seeds[at]}`);
      assert.equal(commits.length, 7, `seed ${seeds[at]}`);
      assert.equal(events.at(-1), "build", `seed ${seeds[at]}`);
    }
  });

  it("builds once with nothing new, in every trial", () => {
    for (const [at, events] of trials.entries())
      assert.ok(
        events.some((event, of) => event === "build" && events[of + 1] === "build"),
        `seed ${seeds[at]}`,
      );
  });

  it("lets a batch commit after one that was planned later, and builds between the two", () => {
    const overtaken = trials.filter((events) => {
      const [second, first] = [events.findIndex(is("a", 2)), events.findIndex(is("a", 1))];
      return second < first && events.slice(second, first).includes("build");
    });
    assert.ok(overtaken.length > 40, `${overtaken.length} of ${trials.length}`);
  });

  it("commits small batches last in about half of the trials, each before a build of its own", () => {
    const [large, small] = [batches("a", 4).map((each) => ({ ...each, rows: 10_000 })), batches("b", 3)];
    const trickling = seeds.filter((seed) => {
      const events = planEvents(openRandom(seed), [...large, ...small]);
      const last = events.filter((event, at) => event !== "build" || events[at - 1] !== "build").slice(-6);
      return last.every((event, at) => (at % 2 === 0 ? named(event).startsWith("b") : event === "build"));
    });
    assert.ok(trickling.length > 60 && trickling.length < 140, `${trickling.length} of ${seeds.length}`);
  });

  it("builds over empty silver in some trials, and in some only once everything is there", () => {
    const first = trials.filter((events) => events[0] === "build");
    const late = trials.filter((events) => events.indexOf("build") === 7);
    assert.ok(first.length > 10 && late.length > 10, `${first.length} and ${late.length}`);
  });

  function named(event: Event): string {
    return event === "build" ? event : `${event.pipeline} ${event.batch}`;
  }

  function is(pipeline: string, batch: number) {
    return (event: Event) => event !== "build" && event.pipeline === pipeline && event.batch === batch;
  }
});

describe("cutting a history", () => {
  it("gives two to eight batches, and never more than there are units", () => {
    for (const units of [1, 2, 3, 10, 1000])
      for (const seed of seeds) {
        const { batches: count, ends } = planCut(openRandom(seed), units);
        assert.ok(count >= Math.min(2, units) && count <= Math.min(8, units), `seed ${seed}, ${units} units`);
        assert.equal(ends.length, count - 1);
        assert.ok(
          ends.every((end, at) => end > (ends[at - 1] ?? 0) && end < units),
          `seed ${seed}: ${ends}`,
        );
      }
  });

  it("makes batches of a few units in most trials: an increment that misses one row shows in none that touches all", () => {
    const thin = seeds.filter((seed) => {
      const { ends, straysPerMillion } = planCut(openRandom(seed), 10_000);
      return straysPerMillion < 1000 && ends.some((end, at) => end - (ends[at - 1] ?? 0) <= 5);
    });
    assert.ok(thin.length > 60, `${thin.length} of ${seeds.length}`);
  });
});

describe("masking what differs", () => {
  const node = {
    config: { unique_key: ["customer_id"] },
    columns: [{ name: "age", config: { meta: { pii: true } } }],
  } as unknown as DbtNode;
  const difference: Difference = {
    columns: [
      { name: "customer_id", type: "BIGINT" },
      { name: "name", type: "VARCHAR" },
      { name: "age", type: "INTEGER" },
      { name: "sold_on", type: "DATE" },
      { name: "revenue", type: "DECIMAL(38,2)" },
      { name: "_deleted", type: "BOOLEAN" },
    ],
    onlyIncremental: {
      count: 2,
      rows: [
        ["17850", "Ann", "40", "2024-01-01", "10.00", "false"],
        ["17851", "Bob", "41", "2024-01-02", null, "true"],
      ],
    },
    onlyRebuilt: { count: 1, rows: [["17850", "Ann", "40", "2024-01-01", "12.50", "false"]] },
    differsIn: ["revenue"],
  };

  it("hides texts, keys and what is declared as PII, and leaves amounts, days and NULL", () => {
    const { onlyIncremental, onlyRebuilt } = maskDifference(difference, node);
    assert.deepEqual(onlyIncremental.rows, [
      ["#1", "#1", "#1", "2024-01-01", "10.00", "false"],
      ["#2", "#2", "#2", "2024-01-02", null, "true"],
    ]);
    assert.deepEqual(onlyRebuilt.rows, [["#1", "#1", "#1", "2024-01-01", "12.50", "false"]]);
  });
});
