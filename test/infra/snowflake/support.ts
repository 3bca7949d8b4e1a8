/** Teams and environments for the planners of Snowflake: generated, and as shipped. */
import fc from "fast-check";
import { type Environment, parseStacks, type Stacks, type Team, warehouseSizes, workloads } from "#firn";
import { planScope, type Scope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";

const shipped = loadStacks("prod");
const [pipeline] = shipped.teams[0]?.pipelines ?? [];

/** The cloud of prod, changed. */
export function environmentOf(change: Partial<NonNullable<Environment["cloud"]>> = {}): Environment {
  const { cloud } = shipped.environment;
  if (!cloud) throw new Error("prod has no cloud");
  return { ...shipped.environment, cloud: { ...cloud, ...change } };
}

export function teamOf(name: string, declared: Partial<Team> = {}): Team {
  if (!pipeline) throw new Error("no pipeline is shipped");
  return { name, pipelines: [pipeline], ...declared };
}

/** Scopes of checked declarations. */
export function scopesOf(teams: unknown[], environment: Environment = environmentOf()): Scope[] {
  const stacks: Stacks = parseStacks({ environment, teams });
  return stacks.teams.map((team) => planScope(requireSite(stacks), team, stacks.teams));
}

export function scopeOf(declared: Partial<Team> = {}, environment?: Environment): Scope {
  const [scope] = scopesOf([teamOf("shop", declared)], environment);
  if (!scope) throw new Error("no team");
  return scope;
}

const warehouse = fc.record(
  {
    size: fc.constantFrom(...warehouseSizes.slice(0, 5)),
    autoSuspendSeconds: fc.integer({ min: 30, max: 900 }),
    clustersMax: fc.integer({ min: 1, max: 10 }),
    scaling: fc.constantFrom("standard" as const, "economy" as const),
    statementSecondsMax: fc.integer({ min: 1, max: 604_800 }),
    budgetShareMax: fc.constantFrom(0.05, 0.1, 0.15),
  },
  { requiredKeys: [] },
);

const names = ["shop", "shop_to", "web", "ads", "a"];

/** Two to five teams whose names begin alike, with some grants between them. */
export const someTeams: fc.Arbitrary<Team[]> = fc
  .subarray(names, { minLength: 2 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        fc.record({
          name: fc.constant(name),
          warehouses: fc
            .tuple(fc.subarray([...workloads]), warehouse)
            .map(([some, spec]) => Object.fromEntries(some.map((each) => [each, spec]))),
          grants: fc.array(
            fc.record({
              to: fc.constantFrom(...chosen.filter((other) => other !== name)),
              models: fc.subarray(["revenue", "customers", "orders_x"], { minLength: 1 }),
            }),
            { maxLength: 3 },
          ),
          modelsOn: fc.constantFrom("elt" as const, "transform" as const),
          signIn: fc.constantFrom("workload_identity" as const, "key_pair" as const),
          budget: fc.record({ creditsPerMonth: fc.integer({ min: 1, max: 400 }).map((each) => each / 4) }),
          readers: fc.constantFrom({}, { bi: "arn:aws:iam::333333333333:role/dashboards" }),
          clearTextRoles: fc.subarray(["STEWARDS", "AUDIT"]),
        }),
      ),
    ),
  )
  .map((teams) =>
    teams.map(({ warehouses, modelsOn, ...team }) =>
      teamOf(team.name, {
        ...team,
        modelsOn,
        warehouses: { ...(modelsOn === "transform" && { transform: {} }), ...warehouses },
      }),
    ),
  );
