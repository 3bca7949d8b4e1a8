import type { PlannedFile, Shard } from "#core/batch";
import { FirnError } from "#core/errors";
import { partitionOf } from "#core/partition";
import type { FilesSource } from "#firn";
import { defaults, type Reading, shardName, type WindowRequest } from "./reading.ts";

/**
 * The files that are new in the inbox, in the order of their names.
 *
 * @throws {FirnError} `partition.unnamed`
 */
export function planFiles(request: WindowRequest, source: FilesSource): Reading {
  const inbox = request.inbox ?? [];
  const fresh = inbox.filter(({ path }) => request.known.files[path] === undefined);
  if (fresh.length === 0) return { plan: null, why: `all ${inbox.length} files in the inbox are read` };
  const files = fresh.slice(0, source.filesPerBatch ?? defaults.filesPerBatch).map(named);
  const perShard = Math.ceil(files.length / Math.min(files.length, 2));
  const shards: Shard[] = [];
  for (let at = 0; at < files.length; at += perShard) {
    shards.push({ name: shardName(shards.length), files: files.slice(at, at + perShard) });
  }
  const more = fresh.length > files.length ? `; ${fresh.length - files.length} more follow` : "";
  return {
    why: `${files.length} new file${files.length === 1 ? "" : "s"} in the inbox${more}`,
    plan: { shards },
  };

  function named(file: PlannedFile): PlannedFile {
    const { strategy, name } = request.pipeline;
    if (strategy.kind !== "replace_partition" || strategy.partition.by !== "file") return file;
    const partition = partitionOf(strategy.partition, file);
    if (partition) return { ...file, partition };
    throw new FirnError("partition.unnamed", {
      what: `${file.path} does not tell which partition of "${name}" it holds: it does not match ${strategy.partition.pattern}.`,
      why: "A file takes the place of a whole partition; without its name it could take the place of a wrong one.",
      fix: `Correct strategy.partition.pattern of "${name}", or leave such files out by source.pattern; then run again.`,
    });
  }
}
