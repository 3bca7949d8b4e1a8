/** A shop's history in a lake, landed by its own pipelines, one of each strategy; for proofs about its models. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment, Team } from "#firn";
import { parseStacks } from "#firn";
import { runLocally } from "#orchestrate/local";
import { openRandom, type Random } from "#prove/random";
import { openLocalWorld } from "#worlds/local";
import { type LocalProof, openLocalProof } from "#worlds/prove";
import { newFolder, standingClock } from "../support/worlds.ts";

const source = (pattern: string) => ({ kind: "files", connection: "inbox", pattern });
const instant = { type: "timestamp" };
const pipelines = [
  {
    name: "sales",
    source: source("sales-*.csv"),
    columns: {
      sale_id: { type: "integer" },
      sold_on: { type: "date", required: true },
      changed_at: instant,
      customer: { type: "text" },
      amount: { type: "decimal(12,2)", required: true },
      status: { type: "text" },
    },
    strategy: {
      kind: "upsert",
      key: ["sale_id"],
      version: ["changed_at"],
      deletedWhen: { column: "status", in: ["cancelled"] },
    },
  },
  {
    name: "clicks",
    source: source("clicks-*.csv"),
    columns: {
      shard: { type: "integer" },
      n: { type: "integer" },
      clicked_at: instant,
      page: { type: "text" },
    },
    strategy: { kind: "append", ids: ["shard", "n"], sequence: "n" },
  },
  {
    name: "prices",
    source: source("prices-*.csv"),
    columns: { price_day: { type: "date" }, sku: { type: "text" }, price: { type: "decimal(8,2)" } },
    strategy: {
      kind: "replace_partition",
      partition: { by: "file", pattern: "prices-(?<partition>\\d{4}-\\d{2}-\\d{2})-v(?<version>\\d+)" },
    },
  },
  {
    name: "order_lines",
    source: source("lines-*.csv"),
    columns: {
      order_id: { type: "integer" },
      line: { type: "integer" },
      changed_at: instant,
      quantity: { type: "integer" },
    },
    strategy: { kind: "replace_children", parent: ["order_id"], key: ["line"], version: ["changed_at"] },
  },
];

export const environment = (inbox: string): Environment => ({
  name: "rig",
  connections: { inbox },
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
});

export interface Shop {
  folder: string;
  /** The shop with the files of a dbt project. */
  team(models: Record<string, string>): Team;
  prove(
    models: Record<string, string>,
    of?: { models?: string[]; rows?: number },
    teams?: Team[],
  ): Promise<LocalProof>;
  close(): Promise<void>;
}

/**
 * Delivers about `rows` rows in three lots, and lands them.
 *
 * @param of `deletes`: whether sales are cancelled
 */
export async function openShop(rows: number, of: { seed?: number; deletes?: boolean } = {}): Promise<Shop> {
  const folder = await newFolder("prove");
  const inbox = join(folder, "inbox");
  mkdirSync(inbox);
  const random = openRandom("shop", of.seed ?? 1);
  const team = (models: Record<string, string>) =>
    parseStacks({ environment: environment(inbox), teams: [{ name: "shop", pipelines, models }] })
      .teams[0] as Team;
  const lots = 3;
  const delivered = [
    ...deliver(random, "sales", sales(random, Math.ceil(rows / 4), of.deletes ?? true)),
    ...deliver(random, "clicks", clicks(Math.ceil(rows / 4))),
    ...prices(random, Math.ceil(rows / 4 / 20)),
    ...orderLines(random, Math.ceil(rows / 4 / 4)),
  ];
  for (let lot = 0; lot < lots; lot++) {
    for (const file of delivered.filter((each) => each.lot === lot))
      writeFileSync(join(inbox, file.name), file.text);
    await run(lot);
  }
  return {
    folder,
    team,
    prove: (models, options = {}, teams = []) => {
      const proven = team(models);
      return openLocalProof(proven, teams, environment(inbox), { folder, ...options });
    },
    close: () => rm(folder, { recursive: true }),
  };

  async function run(lot: number): Promise<void> {
    const clock = standingClock(`2024-06-0${lot + 1}T06:00:00.000Z`);
    const world = openLocalWorld(environment(inbox), { folder, variables: {}, clock });
    try {
      const release = await world.putReleases({ environment: environment(inbox), teams: [team({})] });
      for (const { name: pipeline } of pipelines) {
        const hash = release.get("shop")?.hash ?? "";
        const { error } = await runLocally(
          { team: "shop", pipeline, release: hash, run: `${pipeline} ${lot}` },
          world,
        );
        if (error) throw error;
      }
    } finally {
      await world.close();
    }
  }

  /** Cuts lines into lots, in their order; some lines come a second time. */
  function deliver(random: Random, name: string, [head, ...lines]: string[]) {
    const size = Math.ceil(lines.length / lots);
    return Array.from({ length: lots }, (_, lot) => {
      const again = lot === 0 ? [] : lines.slice(lot * size - 3, lot * size).filter(() => random.chance(0.5));
      const text = [head, ...again, ...lines.slice(lot * size, (lot + 1) * size)].join("\n");
      return { lot, name: `${name}-${lot}.csv`, text: `${text}\n` };
    });
  }
}

/** Sales of fourteen months, some changed days or months later; in the order of their changes. */
function sales(random: Random, rows: number, deletes: boolean): string[] {
  const first = Date.parse("2023-01-01T00:00:00Z");
  const changes = Array.from({ length: rows }, (_, sale) => {
    const sold = first + random.whole(425) * 86_400_000;
    const versions = random.one([1, 1, 2, 3]);
    return Array.from({ length: versions }, (_, version) => ({
      at: sold + version * (1 + random.whole(90)) * 86_400_000 + sale * 1000 + version,
      row: [sale, day(sold)],
      rest: [`customer ${random.whole(50)}`, (100 + random.whole(100_000)) / 100],
      status: deletes && version > 0 && random.chance(0.2) ? "cancelled" : "sold",
    }));
  }).flat();
  return [
    "sale_id,sold_on,changed_at,customer,amount,status",
    ...changes
      .sort((a, b) => a.at - b.at)
      .map(({ at, row, rest, status }) => [...row, new Date(at).toISOString(), ...rest, status].join(",")),
  ];
}

function clicks(rows: number): string[] {
  return [
    "shard,n,clicked_at,page",
    ...Array.from({ length: rows }, (_, at) =>
      [
        at % 3,
        Math.floor(at / 3) + 1,
        new Date(Date.parse("2024-01-01T00:00:00Z") + at * 1000).toISOString(),
        `page ${at % 7}`,
      ].join(","),
    ),
  ];
}

/** A file of each day's prices; some days are corrected, and lack a row then. */
function prices(random: Random, days: number): { lot: number; name: string; text: string }[] {
  return Array.from({ length: days }, (_, at) => {
    const date = day(Date.parse("2024-01-01T00:00:00Z") + at * 86_400_000);
    const versions = random.one([1, 2, 3]);
    return Array.from({ length: versions }, (_, version) => {
      const rows = Array.from({ length: 20 }, (_, sku) => `${date},sku ${sku % 18},${1 + random.whole(9)}`);
      const text = ["price_day,sku,price", ...rows.slice(version)].join("\n");
      return { lot: version, name: `prices-${date}-v${version + 1}.csv`, text: `${text}\n` };
    });
  }).flat();
}

/** Orders of one to four lines; an order that changes is delivered whole, and may lack a line. */
function orderLines(random: Random, orders: number): { lot: number; name: string; text: string }[] {
  const lots: string[][] = [[], [], []];
  for (let order = 0; order < orders; order++) {
    const versions = random.one([1, 2, 3]);
    for (let version = 0; version < versions; version++) {
      const at = Date.parse("2024-02-01T00:00:00Z") + (version * orders + order) * 1000;
      const lines = 1 + random.whole(4);
      for (let line = 1; line <= lines; line++)
        lots[version]?.push(`${order},${line},${new Date(at).toISOString()},${1 + random.whole(9)}`);
    }
  }
  const head = "order_id,line,changed_at,quantity";
  return lots.map((lines, lot) => ({
    lot,
    name: `lines-${lot}.csv`,
    text: `${[head, ...lines].join("\n")}\n`,
  }));
}

function day(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

const here = dirname(fileURLToPath(import.meta.url));

/** The files of a dbt project under test/, by path. */
export function readProject(path: string): Record<string, string> {
  const folder = join(here, "..", path);
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((each) => /\.(sql|yml)$/.test(each))
      .map((each) => [each, readFileSync(join(folder, each), "utf8")]),
  );
}
