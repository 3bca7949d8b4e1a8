/** The small run: two pipelines of one team, one of each strategy, over two days. */
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keys } from "#core/names";
import { type Environment, parseStacks, pipeline, type Stacks, team } from "#firn";
import { type Execution, runLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import { makeRelease } from "#release";
import { type Source, token } from "./source.ts";

export const teamName = "shop";
export const days = [1, 2];

const items = pipeline({
  name: "items",
  source: {
    kind: "http",
    connection: "shop_api",
    path: "/v1/items",
    auth: { kind: "bearer", secret: "shop_token" },
    window: { since: "changed_since", before: "changed_before" },
    pageSize: { param: "limit", value: 3 },
    paging: { style: "link" },
    shards: 2,
  },
  columns: {
    item_id: { type: "integer" },
    name: { type: "text", required: true },
    email: { type: "text", pii: "hash" },
    price: { type: "decimal(8,2)" },
    quantity: { type: "integer", required: true },
    status: { type: "text" },
    changed_at: { type: "timestamp" },
  },
  strategy: {
    kind: "upsert",
    key: ["item_id"],
    version: ["changed_at"],
    deletedWhen: { column: "status", in: ["gone"] },
  },
  // The first day is two windows: one without a row, one with nine.
  watermark: { start: "2024-01-01T00:00:00Z", lagSeconds: 300, overlapSeconds: 3600, batchDaysMax: 1 },
  expectations: [
    { kind: "accepted", mostly: 0.5 },
    { kind: "between", column: "quantity", min: 0, max: 100 },
  ],
});

const events = pipeline({
  name: "events",
  source: { kind: "files", connection: "shop_inbox" },
  columns: {
    event_id: { type: "text" },
    kind: { type: "text", required: true },
    amount: { type: "decimal(8,2)" },
    happened_at: { type: "timestamp" },
  },
  strategy: { kind: "append", ids: ["event_id"], rememberDays: 30 },
  expectations: [{ kind: "not_null", column: "amount", mostly: 0.5 }],
});

const files: Record<number, Record<string, string>> = {
  1: {
    "2024-01-02/a.csv":
      "event_id,kind,amount,happened_at\n" +
      "e1,sale,1.50,2024-01-02T01:00:00Z\ne2,sale,2.50,2024-01-02T02:00:00Z\n" +
      "e1,sale,1.50,2024-01-02T01:00:00Z\ne3,refund,much,2024-01-02T03:00:00Z\n",
    "2024-01-02/b.jsonl":
      '{"event_id":"e4","kind":"sale","amount":4.5,"happened_at":"2024-01-02T04:00:00Z"}\n' +
      '{"event_id":"e5","kind":"sale"\n' +
      '{"event_id":"e2","kind":"sale, again","amount":2.5,"happened_at":"2024-01-02T02:00:00Z"}\n',
  },
  2: {
    "2024-01-03/c.csv":
      "event_id,kind,amount,happened_at\n" +
      "e6,sale,6.50,2024-01-03T01:00:00Z\ne1,repeated,1.50,2024-01-02T01:00:00Z\n" +
      'e7,"sale"broken,7.50,2024-01-03T02:00:00Z\n,sale,8.50,2024-01-03T03:00:00Z\n',
  },
};

const base: Environment = {
  name: "recovery",
  connections: { shop_api: "http://127.0.0.1:1", shop_inbox: "inbox" },
  // No retries: a failed run is run again, as a person would.
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
};

export const stacks: Stacks = parseStacks({
  environment: base,
  teams: [team({ name: teamName, pipelines: [items, events] })],
});

export const secrets = { shop_token: token, [`${teamName}_pii_key`]: "0f".repeat(32) };

/** The instant of a day's run, and where its sources lie. */
export interface Setting {
  now(day: number): string;
  environment(day: number): Environment;
}

/** When every file was written last: an inbox that is copied or made again is the same inbox. */
const delivered = new Date("2024-01-01T00:00:00Z");

/** Delivers both days' files into a folder; the second day's inbox holds the first one's too. */
export async function deliver(source: Pick<Source, "address">, inbox: string): Promise<Setting> {
  for (const day of days) {
    for (const [path, text] of days
      .filter((each) => each <= day)
      .flatMap((each) => Object.entries(files[each] ?? {}))) {
      const target = join(inbox, `day${day}`, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
      await utimes(target, delivered, delivered);
    }
  }
  return settingOf((day) => source.address(day), inbox);
}

export function settingOf(address: (day: number) => string, inbox: string): Setting {
  return {
    now: (day) => `2024-01-0${day + 2}T00:05:00.000Z`,
    environment: (day) => ({
      ...base,
      connections: { shop_api: address(day), shop_inbox: join(inbox, `day${day}`) },
    }),
  };
}

/** Runs every pipeline of a day until nothing is left to read; a failed execution ends it. */
export async function runDay(ports: Ports, run: string): Promise<Execution[]> {
  const executions: Execution[] = [];
  for (const each of stacks.teams) {
    const { hash, body } = makeRelease(each);
    await (await ports.store(each.name)).putIfAbsent(keys.release(hash), body);
    for (const { name } of each.pipelines) {
      executions.push(await runLocally({ team: each.name, pipeline: name, release: hash, run }, ports));
    }
  }
  return executions;
}

/** Runs a day as often as it takes until every pipeline is done, and says how often that was. */
export async function runUntilDone(ports: Ports, run: string, runsMax = 4): Promise<number> {
  for (let runs = 1; ; runs++) {
    const executions = await runDay(ports, `${run}-${runs}`);
    const stopped = executions.find(({ outcome }) => outcome !== "done");
    if (!stopped) return runs;
    if (runs === runsMax) {
      throw new Error(
        `not done after ${runs} runs: ${stopped.outcome}, ${stopped.error?.code ?? "no error"}`,
        {
          cause: stopped.error,
        },
      );
    }
  }
}
