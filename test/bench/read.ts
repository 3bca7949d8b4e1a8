import { setTimeout } from "node:timers/promises";
import { openHttpSource } from "../../runtime/adapters/sources/http.ts";
import type { Delivery } from "../../runtime/ports/packer.ts";

/** Reads all shards of `/events` at once through Firn's HTTP source; a shard goes on when `take` is done. */
export async function readShards(
  address: string,
  shards: number,
  take: (delivery: Delivery, shard: string) => Promise<void>,
): Promise<void> {
  const source = openHttpSource({
    secrets: { get: async () => "" },
    clock: { now: () => new Date().toISOString(), sleep: (milliseconds) => setTimeout(milliseconds) },
    random: Math.random,
  });
  await Promise.all(
    Array.from({ length: shards }, async (_, at) => {
      const name = `s${at}`;
      const reading = source.read({
        declaration: {
          kind: "http",
          connection: "lms",
          path: "/events",
          window: { since: "since" },
          paging: { style: "link" },
        },
        shard: { name, window: { from: `${at}/${shards}`, to: "" } },
        address,
      });
      for await (const chunk of reading) {
        if (!("skipped" in chunk)) await take(chunk.delivery, name);
      }
    }),
  );
  await source.close();
}
