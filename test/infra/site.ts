/** Teams in environments for the planners' tests: the shipped ones, and any that declarations allow. */
import fc from "fast-check";
import { parseStacks, type Stacks, type Team } from "#firn";
import { planScope, type Scope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { type EnvironmentName, loadStacks } from "#stacks";

/** The environments that are in the cloud. */
export const inCloud = ["dev", "staging", "prod", "large"] as const satisfies EnvironmentName[];

/** The scopes of a stack's teams, each changed as a test needs it. */
export function scopesOf(
  stack: EnvironmentName,
  change: (team: Team) => Partial<Team> = () => ({}),
  stacks: Stacks = loadStacks(stack),
): Scope[] {
  const site = requireSite(stacks);
  const teams = stacks.teams.map((team) => ({ ...team, ...change(team) }));
  return teams.map((team) => planScope(site, team, teams));
}

/** The scopes of teams that were never declared anywhere, in a shipped environment. */
export function scopesOfTeams(stack: EnvironmentName, teams: unknown[]): Scope[] {
  const { environment } = loadStacks(stack);
  return scopesOf(stack, () => ({}), parseStacks({ environment, teams }));
}

/** Intervals whose starts a clock repeats from day to day. */
export const everyMinutes = [1, 5, 15, 30, 60, 120, 360, 720, 1_440, 10_080];

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,14}$/);
const distinct = { selector: ({ name }: { name: string }) => name };

const source = fc.oneof(
  fc.record({ by: fc.constant("time"), since: fc.constant("since"), before: fc.constant("before") }),
  fc.record({ by: fc.constant("date"), first: fc.constant("first"), last: fc.constant("last") }),
  fc.record({ by: fc.constant("id"), after: fc.constant("after"), field: fc.constant("id") }),
  fc.record({ by: fc.constant("all") }),
  fc.constant(null),
);

const pipeline = fc
  .record({
    name,
    window: source,
    everyMinutes: fc.option(fc.constantFrom(...everyMinutes)),
    lagSeconds: fc.integer({ min: 0, max: 7_200 }),
    mostly: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })),
  })
  .map(({ name, window, everyMinutes, lagSeconds, mostly }) => ({
    name,
    source: window
      ? { kind: "http", connection: "learning_platform", path: "/", window, paging: { style: "link" } }
      : { kind: "files", connection: "orders_inbox" },
    columns: { id: { type: "integer" }, at: { type: "timestamp" } },
    strategy: { kind: "upsert", key: ["id"], version: ["at"] },
    ...((window?.by === "time" || window?.by === "date") && {
      watermark: {
        start: "2024-01-01T00:00:00Z",
        lagSeconds,
        ...(window.by === "time" && { overlapSeconds: 60 }),
      },
    }),
    ...(everyMinutes !== null && { schedule: { everyMinutes } }),
    ...(mostly !== null && { expectations: [{ kind: "accepted", mostly }] }),
  }));

/** Teams as somebody may declare them: with and without gold, a budget, a schedule, of each kind of source. */
export const someTeams = fc.uniqueArray(
  fc
    .record({
      name,
      pipelines: fc.uniqueArray(pipeline, { minLength: 1, maxLength: 4, ...distinct }),
      budget: fc.option(
        fc.record({
          creditsPerMonth: fc.integer({ min: 1, max: 1_000 }),
          alertAtShares: fc.uniqueArray(fc.constantFrom(0.25, 0.5, 0.8, 0.95, 1, 1.2), { minLength: 1 }),
        }),
      ),
      gold: fc.boolean(),
      retired: fc.boolean(),
    })
    .map(({ budget, gold, ...team }) => ({
      ...team,
      ...(budget && { budget }),
      ...(gold && { models: { "models/a.sql": "SELECT 1" } }),
    })),
  { minLength: 1, maxLength: 3, ...distinct },
);
