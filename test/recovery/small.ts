/** Small runs: pipelines of the shop over two days. */
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keys } from "#core/names";
import { type Environment, parseStacks, type Stacks, type Team, team } from "#firn";
import { type Execution, runLocally, runModelsLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import { firstModelState, type ModelState, makeRelease } from "#release";
import type { ByDay, Feed } from "./feeds/feed.ts";
import { feeds } from "./feeds/index.ts";
import { goldFiles } from "./gold.ts";
import { type Source, token } from "./source.ts";

export const teamName = "shop";
export const days = [1, 2] as const;
export type Day = (typeof days)[number];

/** Which of the shop's pipelines run, and whether gold is built after them. */
export interface SmallRun {
  name: string;
  pipelines: string[];
  stacks: Stacks;
  builds: boolean;
}

const base: Environment = {
  name: "recovery",
  connections: { shop_api: "http://127.0.0.1:1", shop_inbox: "inbox" },
  // No retries: a failed run is run again, as a person would.
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
};

function smallRun(name: string, of: Feed[], models: Record<string, string> = {}): SmallRun {
  const teams = [team({ name: teamName, pipelines: of.map(({ pipeline }) => pipeline), models })];
  return {
    name,
    builds: Object.keys(models).length > 0,
    pipelines: of.map(({ pipeline }) => pipeline.name),
    stacks: parseStacks({ environment: base, teams }),
  };
}

const [items, events, ...others] = feeds as [Feed, Feed, ...Feed[]];

/** Two pipelines after each other, of which a kill finds one done, under way or not begun. */
export const pair = smallRun("pair", [items, events]);

/** One pipeline each: a kill in one is told by recovering it alone, which is quicker. */
export const singles: SmallRun[] = others.map((feed) => smallRun(feed.pipeline.name, [feed]));

/** One pipeline, and gold built of it. */
export const gold = smallRun("gold", [items], goldFiles);

/** Every pipeline once. */
export const runs: SmallRun[] = [pair, ...singles];

/** All of the shop in one. */
export const whole = smallRun("whole", feeds);

export const secrets = { shop_token: token, [`${teamName}_pii_key`]: "0f".repeat(32) };

/** The instant of a day's run, and where its sources lie. */
export interface Setting {
  now(day: Day): string;
  environment(day: Day): Environment;
}

/** When every file was written last: an inbox that is copied or made again is the same inbox. */
const delivered = new Date("2024-01-01T00:00:00Z");

/** Delivers both days' files into a folder; the second day's inbox holds the first one's too. */
export async function deliver(source: Pick<Source, "address">, inbox: string): Promise<Setting> {
  for (const day of days) {
    for (const [path, text] of filesUntil(day)) {
      const target = join(inbox, `day${day}`, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
      await utimes(target, delivered, delivered);
    }
  }
  return settingOf((day) => source.address(day), inbox);
}

function filesUntil(last: Day): [path: string, text: string][] {
  const of = (files: ByDay<Record<string, string>>) =>
    days.filter((day) => day <= last).flatMap((day) => Object.entries(files[day]));
  return feeds.flatMap(({ pipeline, files }) =>
    files ? of(files).map(([path, text]): [string, string] => [`${pipeline.name}/${path}`, text]) : [],
  );
}

export function settingOf(address: (day: Day) => string, inbox: string): Setting {
  return {
    now: (day) => `2024-01-0${day + 2}T00:05:00.000Z`,
    environment: (day) => ({
      ...base,
      connections: { shop_api: address(day), shop_inbox: join(inbox, `day${day}`) },
    }),
  };
}

/** Runs every pipeline of a day until nothing is left to read, and then builds gold. */
export async function runDay(
  of: SmallRun,
  ports: Ports,
  run: string,
): Promise<(Execution | Execution<ModelState>)[]> {
  const release = await putRelease(of, ports);
  const executions: (Execution | Execution<ModelState>)[] = [];
  for (const pipeline of of.pipelines)
    executions.push(await runLocally({ team: teamName, pipeline, release, run }, ports));
  if (of.builds)
    executions.push(await runModelsLocally(firstModelState({ team: teamName, release, run }), ports));
  return executions;
}

/** Puts what the shop declares into its lake, and says which release that is. */
export async function putRelease({ stacks }: SmallRun, ports: Ports): Promise<string> {
  const { hash, body } = makeRelease(stacks.teams[0] as Team);
  await (await ports.store(teamName)).putIfAbsent(keys.release(hash), body);
  return hash;
}

/** Runs a day as often as it takes until every pipeline is done, and says how often that was. */
export async function runUntilDone(of: SmallRun, ports: Ports, run: string, runsMax = 4): Promise<number> {
  for (let runs = 1; ; runs++) {
    const executions = await runDay(of, ports, `${run}-${runs}`);
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
