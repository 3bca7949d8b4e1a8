/** How a table takes its batches. Each strategy is a schema here and a file in merge/strategies. */
import { z } from "zod";
import { positive } from "./values.ts";

const columns = z.array(z.string()).min(1);

/** A row whose column has one of these values deletes what it names: it leaves a tombstone. */
const deletedWhen = z.strictObject({ column: z.string(), in: columns });

/** Rows change, each by its key: the later version wins. Costs one join of the batch with silver. */
const upsert = z.strictObject({
  kind: z.literal("upsert"),
  /** A row without a complete key goes to quarantine. */
  key: columns,
  /** Later wins: compared in this order; ties end in the row planned, filed and numbered later. */
  version: columns,
  /** Such a row needs only key and version. */
  deletedWhen: deletedWhen.optional(),
  /**
   * A row changes only the fields it carries: absent is not null. Each column then has a version of its
   * own, so that images may come in any order. Costs a place per column and row, kept in `_set_by`.
   * Versions must be timestamps, dates or integers. Default false: what a row lacks becomes null.
   */
  partial: z.boolean().optional(),
});

/**
 * Events that never change: one whose id was promoted before is dropped as repeated. Costs one join of
 * the batch with what is remembered. Exactly one of `rememberDays` and `sequence` is declared.
 */
const append = z.strictObject({
  kind: z.literal("append"),
  /** What names an event at its source. */
  ids: columns,
  /**
   * Days an id is remembered, counted in `ingested_at`. A repetition that comes later is taken for new:
   * the price of a ledger that does not grow for ever.
   */
  rememberDays: positive.optional(),
  /**
   * The id that counts the events 1, 2, 3 of a source partition, which the other ids name. Remembered for
   * ever, as intervals: one row per gap. Only for sequences that are dense, such as a log's offsets.
   */
  sequence: z.string().optional(),
});

/**
 * A delivery holds all of a partition and takes the place of what stood: what it lacks becomes a tombstone,
 * what it repeats stays untouched. Costs reading the partition once more, and a tombstone for each row
 * that a correction took away. An older delivery changes nothing and is told.
 */
const replacePartition = z.strictObject({
  kind: z.literal("replace_partition"),
  partition: z.discriminatedUnion("by", [
    /**
     * Each delivered file is one partition. `pattern`, a regular expression, finds its name in the file's
     * path as the group `partition`, and which delivery of it this is as the group `version`: digits
     * count as numbers, and a file without one comes first. Without that group say `version: "modified"`: the file's time of change decides.
     */
    z.strictObject({
      by: z.literal("file"),
      pattern: z.string().min(1),
      version: z.literal("modified").optional(),
    }),
    /** Each day of a window read by date; a row belongs to the day (UTC) in `column`. */
    z.strictObject({ by: z.literal("day"), column: z.string() }),
    /** The whole table: a full refresh. */
    z.strictObject({ by: z.literal("table") }),
  ]),
  /**
   * Replace although rows of the delivery are bad, and so are missing. Default false: all of the partition
   * waits in quarantine, silver keeps what it has, and that is told. A delivery without one good row never
   * replaces anything.
   */
  despiteQuarantine: z.boolean().optional(),
  /** A delivery without a row empties its partition. Default false: silver stays, as such a file is usually cut off. */
  mayBeEmpty: z.boolean().optional(),
});

/**
 * A batch holds all children of each parent in it (the lines of an order): one that is missing vanishes,
 * leaving a tombstone. Costs one join of the batch with silver. Where one child is bad, all of its parent
 * wait in quarantine, so that silver never holds half of them.
 */
const replaceChildren = z.strictObject({
  kind: z.literal("replace_children"),
  parent: columns,
  /** What tells the children of one parent apart. */
  key: columns,
  /** The parent's version, the same in all rows of one delivery. An older delivery changes nothing. */
  version: columns,
  /** Such a row needs only parent and version; without a key it stands for the parent. */
  deletedWhen: deletedWhen.optional(),
  /** A row without a key says that its parent has no child, as an outer join writes it. Default false: it is bad. */
  mayBeEmpty: z.boolean().optional(),
});

export const strategy = z.discriminatedUnion("kind", [upsert, append, replacePartition, replaceChildren]);
export type Upsert = z.infer<typeof upsert>;
export type Append = z.infer<typeof append>;
export type ReplacePartition = z.infer<typeof replacePartition>;
export type ReplaceChildren = z.infer<typeof replaceChildren>;
export type Strategy = z.infer<typeof strategy>;

/** A strategy whose columns the compiler knows. */
export type NamedStrategy<Name extends string> =
  | Named<Upsert, Name, "key" | "version">
  | { kind: "append"; ids: Name[]; rememberDays: number; sequence?: never }
  | { kind: "append"; ids: Name[]; sequence: Name; rememberDays?: never }
  | (Omit<ReplacePartition, "partition"> & {
      partition: Exclude<ReplacePartition["partition"], { by: "day" }> | { by: "day"; column: Name };
    })
  | Named<ReplaceChildren, Name, "parent" | "key" | "version">;

type Named<S extends { deletedWhen?: unknown }, Name extends string, Lists extends keyof S> = Omit<
  S,
  Lists | "deletedWhen"
> & { [list in Lists]: Name[] } & { deletedWhen?: { column: Name; in: string[] } };
