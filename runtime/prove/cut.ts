import type { Random } from "./random.ts";

/**
 * How a history is cut into batches: stretches of it in the order of delivery, but for strays, which fall
 * anywhere. Units are what may not be torn apart: a row, a parent's rows, a partition.
 */
export interface Cut {
  /** Batches are numbered from 1 to here; some may stay empty. */
  batches: number;
  /** After which units one stretch ends and the next begins; ascending, one fewer than batches. */
  ends: number[];
  /** How many of a million units are strays. */
  straysPerMillion: number;
  /** Tells the strays of this cut from those of another. */
  salt: number;
}

const batchesMin = 2;
const batchesMax = 8;
const million = 1_000_000;

/**
 * Half of the batches are a few units long: an increment that misses one late row goes unseen where each
 * batch touches everything. For the same reason few units are strays in most cuts, and all in some.
 */
export function planCut(random: Random, units: number): Cut {
  const batches = Math.min(batchesMin + random.whole(batchesMax - batchesMin + 1), Math.max(1, units));
  const ends = new Set<number>();
  let last = 0;
  while (ends.size < batches - 1) {
    const near = last + 1 + random.whole(5);
    const far = 1 + random.whole(units - 1);
    last = random.chance(0.5) && near < units ? near : far;
    ends.add(last);
  }
  const share = random.one([0, 4 / units, 20 / units, 0.3, 1]);
  return {
    batches,
    ends: [...ends].sort((a, b) => a - b),
    straysPerMillion: Math.min(million, Math.round(share * million)),
    salt: random.whole(2 ** 31),
  };
}

/** The number of the batch into which a unit falls, as SQL. */
export function planBatchOf({ batches, ends, straysPerMillion, salt }: Cut, unit: string): string {
  const drawn = (what: number, below: number) => `MOD(ABS(HASH(${unit}, ${salt + what})), ${below})`;
  const stretch = ends.map((end) => ` + CASE WHEN ${unit} > ${end} THEN 1 ELSE 0 END`).join("");
  return `CASE WHEN ${drawn(0, million)} < ${straysPerMillion} THEN 1 + ${drawn(1, batches)} ELSE 1${stretch} END`;
}
