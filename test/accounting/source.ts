/** An API that gives, whatever is asked, the pages of the batch that is put there. */
import { serve } from "../support/sources/server.ts";
import type { Sent } from "./records.ts";

type Written = { bytes: Buffer; sent: Sent[] }[];

export interface Shard {
  /** The part it becomes. */
  name: string;
  at: number;
  of: number;
}

export interface Pages {
  address: string;
  /**
   * Writes the next batch, shard by shard, and says what is in it. Of two shards the second one's window ends
   * at `now`.
   */
  put(now: string, shards: 1 | 2, write: (shard: Shard) => Written): Sent[];
  close(): Promise<void>;
}

export async function startPages(): Promise<Pages> {
  let shards: Buffer[][] = [];
  let end = "";
  const server = await serve((response, { path }) => {
    const { searchParams: asked } = new URL(path, "http://localhost");
    const before = asked.get("before");
    const pages = shards[before === null || before === end ? shards.length - 1 : 0] ?? [];
    const at = Number(asked.get("page") ?? 0);
    const next = at + 1 < pages.length ? `"${at + 1}"` : "null";
    response.writeHead(200, { "content-type": "application/json" });
    response.write(`{"next":${next},"data":`);
    response.write(pages[at] ?? "[]");
    response.end("}");
  });
  return {
    address: server.address,
    put(now, of, write) {
      end = now;
      const written = Array.from({ length: of }, (_, at) =>
        write({ name: `s00${at + 1}-00001.parquet`, at, of }),
      );
      shards = written.map((pages) => pages.map(({ bytes }) => bytes));
      return written.flatMap((pages) => pages.flatMap(({ sent }) => sent));
    },
    close: server.close,
  };
}
