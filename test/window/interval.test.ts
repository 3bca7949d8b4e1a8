import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cut,
  type Interval,
  later,
  normalInstant,
  secondsBetween,
  uncovered,
  union,
  watermark,
} from "#core/interval";

const base = Date.parse("2024-01-01T00:00:00.000Z");
const instant = (second: number) => new Date(base + second * 1000).toISOString();
const interval = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([from, to]): Interval => ({ from: instant(from), to: instant(to) }));
const intervals = fc.array(interval, { maxLength: 12 });

/** Which seconds the intervals `(from, to]` cover: the plain truth to compare with. */
function covered(of: readonly Interval[]): Set<number> {
  const seconds = Array.from({ length: 61 }, (_, second) => second);
  return new Set(
    seconds.filter((second) => of.some(({ from, to }) => from < instant(second) && instant(second) <= to)),
  );
}

describe("intervals of what was read", () => {
  const seed = Date.now() % 1e9;
  before(() => console.log(`      seed ${seed}`));
  const holds = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) =>
    fc.assert(fc.property(arbitrary, property), { seed, numRuns: 500 });

  it("join to the same whole, sorted, with a gap between any two", () =>
    holds(intervals, (given) => {
      const joined = union(given);
      assert.deepEqual(covered(joined), covered(given));
      assert.deepEqual(union(joined), joined);
      for (const [at, { from, to }] of joined.entries()) {
        assert.ok(from < to);
        const next = joined[at + 1];
        assert.ok(next === undefined || to < next.from);
      }
    }));

  it("join to the same whatever order they came in, and stay as they are themselves", () =>
    holds(fc.tuple(intervals, fc.nat()), ([given, turn]) => {
      const copy = structuredClone(given);
      assert.deepEqual(union([...given.slice(turn % 7), ...given.slice(0, turn % 7)]), union(given));
      assert.deepEqual(given, copy);
    }));

  it("leave exactly the rest uncovered", () =>
    holds(fc.tuple(interval, intervals), ([whole, given]) => {
      const rest = uncovered(whole, given);
      const expected = [...covered([whole])].filter((second) => !covered(given).has(second));
      assert.deepEqual([...covered(rest)], expected);
      assert.deepEqual(union(rest), rest);
    }));

  it("have their watermark where nothing before it is missing and the next instant is", () =>
    holds(fc.tuple(intervals, fc.integer({ min: 0, max: 60 })), ([given, from]) => {
      const mark = watermark(given, instant(from));
      assert.ok(mark >= instant(from));
      assert.deepEqual(uncovered({ from: instant(from), to: mark }, given), []);
      const after = { from: mark, to: later(mark, 1) };
      assert.deepEqual(uncovered(after, given), [after]);
    }));

  it("are cut into pieces that touch, cover the whole and last at least a second", () =>
    holds(
      fc.tuple(interval, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 999 })),
      ([whole, pieces, millis]) => {
        const window = { from: whole.from, to: new Date(Date.parse(whole.to) + millis).toISOString() };
        if (window.from >= window.to) return;
        const cuts = cut(window, pieces);
        assert.ok(cuts.length <= pieces);
        assert.equal(cuts[0]?.from, window.from);
        assert.equal(cuts.at(-1)?.to, window.to);
        for (const [at, piece] of cuts.entries()) {
          if (at > 0) assert.equal(piece.from, cuts[at - 1]?.to);
          if (cuts.length > 1) assert.ok(secondsBetween(piece.from, piece.to) >= 1);
        }
      },
    ));

  it("have ends whose texts sort as their instants do", () => {
    assert.equal(normalInstant("2024-01-01T00:00:00Z"), "2024-01-01T00:00:00.000Z");
    assert.equal(later("2024-02-28T23:59:59.500Z", 0.5), "2024-02-29T00:00:00.000Z");
    assert.equal(secondsBetween("2024-01-01T00:00:01.000Z", "2024-01-01T00:00:00.500Z"), -0.5);
  });
});
