import { z } from "zod";
import { type BatchPlan, type Manifest, windowOf } from "#core/batch";
import { type Interval, union } from "#core/interval";
import { keys } from "#core/names";
import type { Store } from "#ports/store";

const hintSchema = z.strictObject({
  format: z.literal(1),
  generation: z.string(),
  intervals: z.array(z.strictObject({ from: z.string(), to: z.string() })),
  done: z.array(z.tuple([z.number(), z.number()])),
  empty: z.array(
    z.strictObject({
      seq: z.number(),
      window: z.strictObject({ from: z.string(), to: z.string() }).optional(),
    }),
  ),
  files: z.record(z.string(), z.string()),
  comparedAt: z.string().optional(),
  promotedBy: z.string().optional(),
  readAt: z.string(),
});

/**
 * What the ledger said, noted in the lake, so that planning wakes no warehouse.
 *
 * Everything in it was true when written and stays true; it may only be behind. Losing it costs a
 * re-read, never data. Batches without rows are noted only here until the next promotion folds them in.
 */
export interface Hint {
  format: 1;
  generation: string;
  /** The windows promoted or found empty. */
  intervals: Interval[];
  /** Sequence numbers of batches that need nothing more, as closed ranges. */
  done: [number, number][];
  /** Batches without rows that no promotion has folded in yet. */
  empty: { seq: number; window?: Interval | undefined }[];
  /** Delivered files that were landed: path to etag. */
  files: Record<string, string>;
  /** The instant of the newest batch that was compared with silver. */
  comparedAt?: string;
  /** The run and batch of the last promotion: another one means that silver has changed. */
  promotedBy?: string;
  /** When the ledger was last asked. */
  readAt: string;
}

/** The hint, or null where there is none or it cannot be read: both only cost a look into the ledger. */
export async function readHint(store: Store, pipeline: string): Promise<Hint | null> {
  const body = await store.get(keys.hint(pipeline));
  if (!body) return null;
  try {
    return hintSchema.parse(JSON.parse(new TextDecoder().decode(body))) as Hint;
  } catch {
    return null;
  }
}

export async function writeHint(store: Store, pipeline: string, hint: Hint): Promise<void> {
  await store.put(keys.hint(pipeline), new TextEncoder().encode(JSON.stringify(hint)));
}

/** The hint after a batch: `empty` where it had no rows, else promoted with all empty ones before it. */
export function extendHint(hint: Hint, plan: BatchPlan, manifest: Manifest, how: "promoted" | "empty"): Hint {
  const window = windowOf(plan, manifest);
  const landed = (manifest.files ?? []).filter(({ status }) => status === "landed");
  return {
    ...hint,
    intervals: union([...hint.intervals, ...(window ? [window] : [])]),
    done: addToRanges(hint.done, plan.seq),
    empty:
      how === "promoted"
        ? hint.empty.filter(({ seq }) => seq > plan.seq)
        : [...hint.empty.filter(({ seq }) => seq !== plan.seq), { seq: plan.seq, ...(window && { window }) }],
    ...(plan.compare && { comparedAt: plan.ingestedAt }),
    files: { ...hint.files, ...Object.fromEntries(landed.map(({ path, etag }) => [path, etag])) },
  };
}

/** Closed ranges of whole numbers with one more in them, joined where they touch. */
export function addToRanges(ranges: readonly [number, number][], value: number): [number, number][] {
  const sorted = [...ranges, [value, value] as [number, number]].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

export function inRanges(ranges: readonly [number, number][], value: number): boolean {
  return ranges.some(([from, to]) => from <= value && value <= to);
}
