import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDuckDB } from "../../demo/duckdb.ts";
import type { Fault } from "../../demo/platform/faults.ts";
import type { World } from "../../demo/platform/records.ts";
import { openPlatform, type Platform } from "../../demo/platform/server.ts";

export const token = "a-token-for-tests";

/** One record as the API shows it; injected ones may differ in every field. */
export interface Activity {
  activity_id: number;
  learner_id: string;
  activity_type: string | null;
  clicks: number;
  occurred_on: string;
  status: string;
  updated_at: string;
  client?: { app: string; version: string };
}

export async function openTestPlatform(
  world: Omit<World, "malformed">,
  faults: readonly Fault[] = [],
): Promise<Platform> {
  return await openPlatform({ world, faults: new Set(faults), token, port: 0, spillFolder: tmpdir() });
}

export function get(
  platform: Platform,
  query: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const url = `http://127.0.0.1:${platform.port}/v1/activities${query}`;
  return fetch(url, {
    headers: { Authorization: `Bearer ${token}`, "Accept-Encoding": "identity", ...headers },
  });
}

/** Follows the links from a query on, as a client would, and gives one page after the other. */
export async function* walk(platform: Platform, query: string): AsyncGenerator<Activity[]> {
  let next: string | undefined = query;
  while (next !== undefined) {
    const response = await get(platform, next);
    if (response.status !== 200) {
      throw new Error(`${response.status}: ${await response.text()}`);
    }
    yield (await response.json()) as Activity[];
    next = nextQuery(response);
  }
}

export async function readAll(platform: Platform, query: string): Promise<Activity[]> {
  const activities: Activity[] = [];
  for await (const page of walk(platform, query)) {
    activities.push(...page);
  }
  return activities;
}

/** The query of the link to the next page, whose title holds a comma and a semicolon. */
export function nextQuery(response: Response): string | undefined {
  const links = (response.headers.get("link") ?? "").matchAll(/<([^>]*)>((?:;\s*\w+="[^"]*")*)/g);
  const next = [...links].find(([, , parameters]) => parameters?.includes('rel="next"'))?.[1];
  return next === undefined ? undefined : new URL(next).search;
}

export async function queryRow(sql: string): Promise<unknown[]> {
  const connection = await openDuckDB(tmpdir());
  const result = await connection.runAndReadAll(sql);
  connection.closeSync();
  return (result.getRowsJson()[0] ?? []) as unknown[];
}

/** A folder that is deleted after the tests of the describe block that calls this. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "firn-demo-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The file of an excerpt. */
export function excerpt(name: "learner_activity_2013J" | "online_retail_2010-12"): string {
  return join(import.meta.dirname, `../../demo/data/${name}.parquet`);
}
