/**
 * Firn's extract against dlt, the library most like it: the same server's pages to Parquet files, in each
 * way dlt's users have (see peer/events.py). dlt counts its processes' CPU together, and of memory the
 * largest process alone.
 *
 * Goals at 5,000,000 records, in records a second: 30 x dlt by default, 25 x tuned, 3 x its Arrow path; for
 * each second of CPU 15, 15 and 1.5 times.
 */
import { join } from "node:path";
import { installedPython } from "../support/python.ts";
import { type Measured, measureBest } from "./child.ts";
import { columns } from "./extract.ts";
import { pageRecords, servePages, shardPages } from "./pages.ts";
import type { Benchmark, Figure } from "./run.ts";

const folder = join(import.meta.dirname, "peer");
/** By default dlt takes a minute for each million: it is stopped here, and compared by its rate. */
const recordsMax = 500_000;
/** As many as Firn's extract has. */
const shards = 4;

interface Way {
  task: string;
  name: string;
  shards: number;
  recordsMax?: number;
}

const ways: Way[] = [
  { task: "default", name: "dlt, default", shards: 1, recordsMax },
  { task: "tuned", name: "dlt, tuned", shards, recordsMax },
  { task: "declared", name: "dlt, tuned, all columns declared", shards, recordsMax },
  { task: "arrow", name: "dlt, Arrow by hand", shards },
];

export const run: Benchmark = async (records) => {
  const python = pythonWithDlt();
  if (python === undefined) return [];
  return servePages(records, async (served) => {
    const extract = join(import.meta.dirname, "extract.ts");
    const firn: Figure = {
      name: "Firn's extract",
      records: served.pages * pageRecords,
      ...(await measureBest(extract, "extract", { ...served, columns })),
      note: "goals at 5,000,000: 30x, 25x, 3x; CPU 15x, 15x, 1.5x",
    };
    const peers: Figure[] = [];
    for (const way of ways) peers.push(await measurePeer(way));
    firn.ratios = Object.fromEntries([
      ...peers.map((peer) => [peer.name, rate(firn, "seconds") / rate(peer, "seconds")]),
      ...peers.map((peer) => [
        `${peer.name}: per CPU s`,
        rate(firn, "cpuSeconds") / rate(peer, "cpuSeconds"),
      ]),
    ]);
    return [...peers, firn];

    /** The first part of the pages, if there are more than it is given, and that in shards. */
    async function measurePeer({ task, name, shards, recordsMax = Infinity }: Way): Promise<Figure> {
      const parts = Math.ceil((served.pages * pageRecords) / recordsMax) || 1;
      const records = shardPages(0, parts, served.pages).to * pageRecords;
      const sinces = Array.from({ length: shards }, (_, at) => `${at}/${shards * parts}`);
      const argument = { address: served.address, folder: served.folder, sinces, records };
      const measured = await measureBest(join(folder, "events.py"), task, argument, python);
      const note = parts > 1 && `the first ${records.toLocaleString("en")} records`;
      return { name, records, ...measured, ...(note && { note }) };
    }
  });
};

function rate(figure: Figure, of: keyof Measured): number {
  return figure.records / figure[of];
}

/** The Python that has dlt; undefined, and why, if there is none. */
function pythonWithDlt(): string | undefined {
  const installed = installedPython("bench-peer", join(folder, "requirements.txt"));
  if ("python" in installed) return installed.python;
  console.error(`peer is skipped: ${installed.missing}`);
}
