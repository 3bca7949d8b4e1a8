import type { BatchPlan, Manifest, PartitionVersion } from "./batch.ts";
import { daysOf } from "./interval.ts";

/** A partition as a batch delivers it. */
export interface Delivered extends PartitionVersion {
  /** The delivered file that holds it; absent where the batch's window does. */
  file?: string;
}

/** The name of the one partition of a table that is replaced as a whole. */
export const wholeTable = "table";

/**
 * The partitions a batch delivers. Of files that hold the same one the newest counts, and of equally new
 * ones the first by path.
 */
export function deliveredPartitions(
  by: "file" | "day" | "table",
  plan: Pick<BatchPlan, "seq" | "shards">,
  manifest: Pick<Manifest, "files">,
): Delivered[] {
  const version = String(plan.seq).padStart(12, "0");
  if (by === "table") return [{ name: wholeTable, version }];
  if (by === "day")
    return plan.shards
      .flatMap(({ window }) => (window ? daysOf(window) : []))
      .map((name) => ({ name, version }));
  const newest = new Map<string, Delivered>();
  for (const { path, status, partition } of manifest.files ?? []) {
    if (status !== "landed" || !partition) continue;
    const before = newest.get(partition.name);
    if (before === undefined || partition.version > before.version)
      newest.set(partition.name, { ...partition, file: path });
  }
  return [...newest.values()];
}

/**
 * Which partition a file holds, by the groups `partition` and `version` of a pattern; null where the path
 * does not match. A file without a version comes before all that have one.
 */
export function partitionOf(
  { pattern, version }: { pattern: string; version?: "modified" | undefined },
  { path, modifiedAt }: { path: string; modifiedAt: string },
): PartitionVersion | null {
  const groups = new RegExp(pattern).exec(path)?.groups;
  if (!groups?.partition) return null;
  return {
    name: groups.partition,
    version: sortable(version === "modified" ? modifiedAt : (groups.version ?? "")),
  };
}

/** A text in which every run of digits sorts as a number: `v9` before `v10`. */
function sortable(text: string): string {
  return text.replaceAll(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, "").padStart(20, "0"));
}
