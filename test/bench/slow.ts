/**
 * A source that takes 50 ms for each page, read in 16 shards at once against one: how well Firn's own source
 * keeps requests in flight where waiting is all there is. Nothing is packed.
 *
 * Goal: 14 times as fast; 16 would be perfect.
 */
import { measureBest, serveTasks } from "./child.ts";
import { pageRecords, servePages } from "./pages.ts";
import { readShards } from "./read.ts";
import type { Benchmark } from "./run.ts";

const pages = 320;
const shards = 16;
const delayMs = 50;

interface Task {
  address: string;
  shards: number;
}

/** Reads as many pages whatever is asked for: one shard takes their waiting, 16 s. */
export const run: Benchmark = () =>
  servePages(
    pages * pageRecords,
    async ({ address }) => {
      const one = await measureBest(import.meta.filename, "read", { address, shards: 1 } satisfies Task);
      const many = await measureBest(import.meta.filename, "read", { address, shards } satisfies Task);
      const records = pages * pageRecords;
      return [
        { name: `${delayMs} ms a page, 1 shard`, records, ...one, note: `always ${pages} pages` },
        {
          name: `${delayMs} ms a page, ${shards} shards`,
          records,
          ...many,
          ratios: { "as fast as one shard": one.seconds / many.seconds },
          note: "goal: 14x",
        },
      ];
    },
    delayMs,
  );

const tasks = {
  async read({ address, shards }: Task) {
    let read = 0;
    await readShards(address, shards, async (delivery) => {
      if (delivery.kind === "pages") read += delivery.pages.length;
    });
    if (read !== pages) throw new Error(`read ${read} pages of ${pages}`);
  },
};

if (import.meta.main) await serveTasks(tasks);
