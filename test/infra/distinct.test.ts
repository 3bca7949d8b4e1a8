import assert from "node:assert/strict";
import fc from "fast-check";
import { FirnError } from "#core/errors";
import { requireDistinctNames, teamNames } from "#infra/distinct";
import { planEnvironment } from "#infra/environment";
import { planScope } from "#infra/scope";
import { anyTeams, scopeOf, site, siteWith, teamOf } from "./generated.ts";

/** What AWS and Snowflake take, from the reference of each service. */
const legal: Record<string, RegExp> = {
  bucket: /^(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|--x-s3)$/,
  function: /^[a-zA-Z0-9_-]{1,64}$/,
  role: /^[\w+=,.@-]{1,64}$/,
  "state machine": /^[a-zA-Z0-9_-]{1,80}$/,
  "schedule group": /^[0-9a-zA-Z_.-]{1,64}$/,
  queue: /^[a-zA-Z0-9_-]{1,80}$/,
  topic: /^[a-zA-Z0-9_-]{1,256}$/,
  secret: /^[a-zA-Z0-9/_+=.@-]{1,512}$/,
  "key alias": /^alias\/(?!aws\/)[a-zA-Z0-9/_-]{1,250}$/,
  dashboard: /^[a-zA-Z0-9_-]{1,255}$/,
};
const snowflakes = /^[A-Z_][A-Z0-9_$]{0,254}$/;

describe("the names of an environment", () => {
  it("are legal, bounded and distinct for any declared names, or refused", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9_]{0,15}$/), anyTeams, (environment, teams) => {
        const of = siteWith({}, environment);
        const scopes = teams.map((team) => planScope(of, team, teams));
        const names = scopes.flatMap(teamNames).filter(({ kind }) => !kind.endsWith("prefix"));
        for (const { kind, name } of names) assert.match(name, legal[kind] ?? snowflakes, kind);
        const met = new Set(names.map(({ kind, name }) => `${kind} ${name}`)).size < names.length;
        try {
          requireDistinctNames(of, scopes);
          assert.equal(met, false);
        } catch (error) {
          assert.ok(error instanceof FirnError && error.code === "infra.name_taken", String(error));
          assert.ok(met || teams.some(({ name }) => ["platform", "firn"].includes(name)), error.message);
          refused += 1;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(refused > 0, "the generated names never met");
  });

  it("are refused where two would be one, and both are named", () => {
    const met = [teamOf("a", ["gold"]), teamOf("a_pipeline")];
    assert.throws(
      () =>
        requireDistinctNames(
          site,
          met.map((team) => planScope(site, team, met)),
        ),
      {
        code: "infra.name_taken",
        message:
          /^gold in machines of team a and gold of team a_pipeline would both have the state machine "firn-prod-a-pipeline-gold"/,
      },
    );
  });

  it("are compared also where a run makes another part of the environment", () => {
    const teams = [teamOf("a", ["gold"]), teamOf("a_pipeline"), teamOf("c")];
    for (const only of [undefined, ["c"], ["_platform"]])
      assert.throws(() => planEnvironment({ ...site, teams }, only), { code: "infra.name_taken" });
    const { platform, scopes } = planEnvironment({ ...site, teams: teams.slice(1) }, ["c"]);
    assert.deepEqual([platform, scopes.map(({ team }) => team.name)], [false, ["c"]]);
  });

  it("leave what teams share to no team", () => {
    for (const name of ["platform", "firn"])
      assert.throws(() => requireDistinctNames(site, [scopeOf(teamOf(name))]), {
        code: "infra.name_taken",
        message: /the platform and team/,
      });
  });

  it("are refused where two teams adopt one bucket or database", () => {
    for (const taken of [{ buckets: { raw: "our-lake" } }, { database: "OURS" }]) {
      const teams = ["a", "b"].map((name) => teamOf(name, ["x"], { adopt: { prod: taken } }));
      assert.throws(
        () =>
          requireDistinctNames(
            site,
            teams.map((team) => planScope(site, team, teams)),
          ),
        {
          code: "infra.name_taken",
        },
      );
    }
  });

  it("carry account and region where all of AWS shares them", () => {
    const { buckets } = scopeOf().names;
    assert.equal(buckets.raw, "firn-prod-shop-raw-333333333333-eu-west-1");
  });
});
