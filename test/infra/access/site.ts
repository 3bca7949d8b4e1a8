/** The environment that the samples are in, and teams made up for it. */
import fc from "fast-check";
import { parseStacks, type Team } from "#firn";
import { arn as arnOf } from "#infra/names";
import { planScope, roleArn as roleArnOf, type Scope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";

const { environment } = requireSite(loadStacks("prod"));

export const site = {
  environment,
  scopes: (teams: readonly Team[]) => teams.map((team) => planScope({ environment }, team, teams)),
  scopeOf: (teams: readonly Team[], name: string): Scope =>
    planScope({ environment }, teams.find((team) => team.name === name) as Team, teams),
};

export const arn = (service: string, resource: string) => arnOf({ environment }, service, resource);
export const roleArn = (name: string) => roleArnOf({ environment }, name);

const pipeline = (name: string) => ({
  name,
  source: { kind: "files", connection: "inbox" },
  columns: { id: { type: "integer" } },
  strategy: { kind: "append", ids: ["id"], rememberDays: 30 },
});

export type Granted = { to: string; models: string[] };

export function declaredTeams(
  teams: readonly { name: string; grants: Granted[]; signIn?: "key_pair" | "workload_identity" }[],
): Team[] {
  return parseStacks({
    environment: { ...environment, connections: { inbox: "inbox:in/" } },
    teams: teams.map(({ name, grants, signIn }) => ({
      name,
      pipelines: [pipeline("things")],
      ...(signIn && { signIn }),
      ...(grants.length > 0 && { grants }),
    })),
  }).teams;
}

/** Two to five teams, of names that begin alike, each granting some of three models to some of the others. */
export const someTeams = fc
  .uniqueArray(fc.constantFrom("shop", "shop_eu", "a", "ab", "a_b", "learning", "sales9"), {
    minLength: 2,
    maxLength: 5,
  })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({
          name: fc.constant(name),
          signIn: fc.constantFrom("key_pair" as const, "workload_identity" as const),
          grants: fc
            .uniqueArray(fc.constantFrom(...names.filter((each) => each !== name)), { maxLength: 3 })
            .chain((targets) =>
              fc.tuple(
                ...targets.map((to) =>
                  fc.record({
                    to: fc.constant(to),
                    models: fc.uniqueArray(fc.constantFrom("daily", "weekly", "monthly"), {
                      minLength: 1,
                      maxLength: 3,
                    }),
                  }),
                ),
              ),
            ),
        }),
      ),
    ),
  )
  .map(declaredTeams);
