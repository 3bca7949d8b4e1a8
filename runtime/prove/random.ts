import { sha256 } from "#core/ids";

/** Numbers that are the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 to `below - 1`; 0 where `below` is less. */
  whole(below: number): number;
  chance(probability: number): boolean;
  one<T>(of: readonly [T, ...T[]]): T;
  /** A copy in another order. */
  shuffled<T>(of: readonly T[]): T[];
}

/** @param seed whatever tells this sequence from others */
export function openRandom(...seed: (string | number)[]): Random {
  let state = Number.parseInt(sha256(JSON.stringify(seed)).slice(0, 8), 16);
  const random: Random = {
    whole: (below) => Math.floor(next() * Math.max(1, below)),
    chance: (probability) => next() < probability,
    one: (of) => of[random.whole(of.length)] ?? of[0],
    shuffled(of) {
      const list = [...of];
      for (let at = list.length - 1; at > 0; at--) {
        const other = random.whole(at + 1);
        [list[at], list[other]] = [list[other] as never, list[at] as never];
      }
      return list;
    },
  };
  return random;

  /** Mulberry32: small, and even enough to cut a history by. */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
