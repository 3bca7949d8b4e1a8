import assert from "node:assert/strict";
import fc from "fast-check";
import type { Team } from "#firn";
import { requireDistinctNames } from "#infra/distinct";
import { planGrants, privilegesOf, type StatementKind, statements } from "#infra/snowflake/roles/grants";
import { planRoles } from "#infra/snowflake/roles/plan";
import { scopeOf, scopesOf, someTeams, teamOf } from "./support.ts";

/** The database a grant is about; null for warehouses. */
function databaseOf({ on }: { on: { kind: string; name: string } }): string | null {
  if (on.kind === "warehouse") return null;
  return on.name.split('"."')[0]?.replaceAll('"', "") ?? "";
}

describe("grants in Snowflake", () => {
  it("go to the team's own roles only, on the team's own things, but for gold that another team grants", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const { roles, database, warehouses } = scope.names.snowflake;
          for (const grant of planGrants(scope)) {
            assert.ok(Object.values(roles).includes(grant.role), `${grant.role} is no role of the team`);
            if (grant.on.kind === "warehouse")
              assert.ok(Object.values(warehouses).includes(grant.on.name), grant.on.name);
            else if (databaseOf(grant) !== database) assertDeclared(teams, scope.team.name, grant);
          }
        }
      }),
    );
  });

  it("reach exactly the models of other teams that are declared", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        const borrowed = scopesOf(teams).flatMap((scope) =>
          planGrants(scope)
            .filter((grant) => grant.by === "procedure")
            .map(({ role, privilege, on }) => `${role} ${privilege} ${on.name}`),
        );
        const declared = teams.flatMap(({ name, grants = [] }) =>
          grants.flatMap(({ to, models }) =>
            models.map(
              (model) =>
                `PROD_${to.toUpperCase()}_WRITER SELECT "PROD_${name.toUpperCase()}"."GOLD"."${model.toUpperCase()}"`,
            ),
          ),
        );
        assert.deepEqual([...borrowed].sort(), [...new Set(declared)].sort());
      }),
    );
  });

  it("are never to PUBLIC, never all privileges, never to pass on, and OWNERSHIP only in the ledger", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams))
          for (const { role, privilege, on } of planGrants(scope)) {
            assert.notEqual(role, "PUBLIC");
            assert.doesNotMatch(privilege, /ALL|GRANT/);
            if (privilege === "OWNERSHIP") {
              assert.equal(role, scope.names.snowflake.roles.ledger);
              assert.match(on.name, /"LEDGER"$/);
            }
          }
      }),
    );
  });

  it("let nobody but the loader touch raw, where nothing is masked", () => {
    const raw = planGrants(scopeOf()).filter(({ on }) => on.name.includes('"RAW"'));
    assert.deepEqual([...new Set(raw.map(({ role }) => role))], ["PROD_SHOP_LOADER"]);
  });

  it("are what some statement needs of the role that runs it, and no more", () => {
    const scope = scopeOf({ clearTextRoles: ["STEWARDS"] });
    const needed = (Object.keys(statements) as StatementKind[]).flatMap((kind) => privilegesOf(kind, scope));
    for (const kind of Object.keys(statements) as StatementKind[])
      for (const grant of privilegesOf(kind, scope))
        assert.equal(grant.role, scope.names.snowflake.roles[statements[kind]], kind);
    const told = (grants: object[]) => [...new Set(grants.map((grant) => JSON.stringify(grant)))].sort();
    assert.deepEqual(told(planGrants(scope)), told(needed));
    assert.equal(planGrants(scope).length, told(needed).length, "each once");
  });

  it("let a model be a dynamic table, or searched, only where one of the team's is", () => {
    const privileges = (text: string) =>
      planGrants(scopeOf({ models: { "dbt_project.yml": "name: shop", "models/a.sql": text } })).map(
        ({ privilege }) => privilege,
      );
    const searched = privileges("{{ config(meta={'search_optimization': ['id']}) }} select 1 as id");
    const kept = privileges("{{ config(meta={'materialized_aggregate': 5}) }} select 1 as id");
    assert.ok(searched.includes("ADD SEARCH OPTIMIZATION") && !searched.includes("CREATE DYNAMIC TABLE"));
    assert.ok(kept.includes("CREATE DYNAMIC TABLE") && !kept.includes("ADD SEARCH OPTIMIZATION"));
  });

  it("follow the warehouse that models are built on", () => {
    const onWarehouse = (role: string, declared: Partial<Team>) =>
      planGrants(scopeOf(declared))
        .filter((grant) => grant.role === `PROD_SHOP_${role}` && grant.on.kind === "warehouse")
        .map(({ on }) => on.name);
    assert.deepEqual(onWarehouse("WRITER", {}), ["PROD_SHOP_ELT"]);
    assert.deepEqual(onWarehouse("WRITER", { modelsOn: "transform", warehouses: { transform: {} } }), [
      "PROD_SHOP_TRANSFORM",
    ]);
    assert.deepEqual(onWarehouse("LOADER", { warehouses: { backfill: {} } }), [
      "PROD_SHOP_ELT",
      "PROD_SHOP_BACKFILL",
    ]);
    assert.deepEqual(onWarehouse("READER", { warehouses: { data_science: {} } }), [
      "PROD_SHOP_BI",
      "PROD_SHOP_DATA_SCIENCE",
    ]);
  });
});

describe("roles in Snowflake", () => {
  it("are a tree up to SYSADMIN, in which no role of one team is held by another's", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const plan = planRoles(scope);
          const own = new Map(plan.map((role) => [role.name, role]));
          for (const role of plan)
            for (const holder of role.heldBy)
              assert.ok(own.has(holder) || ["SYSADMIN", "FIRN_DEPLOYER"].includes(holder), holder);
          for (const role of plan) assert.ok(above(role.name).has("SYSADMIN"), role.name);
          for (const role of plan) assert.ok(!above(role.name).has(role.name), "no circle");

          function above(name: string, seen = new Set<string>()): Set<string> {
            for (const holder of own.get(name)?.heldBy ?? []) {
              if (seen.has(holder)) continue;
              seen.add(holder);
              above(holder, seen);
            }
            return seen;
          }
        }
      }),
    );
  });

  it("let neither people's role nor the writer hold the loader's, which sees what is masked", () => {
    const holders = planRoles(scopeOf()).find(({ key }) => key === "loader")?.heldBy;
    assert.deepEqual(holders, ["PROD_SHOP_OWNER"]);
  });

  it("are refused where two teams would have one", () => {
    // A team called shop_ledger would own what shop's ledger is owned by.
    const compared = (...teams: Team[]) => {
      const scopes = scopesOf(teams);
      const [site = assert.fail()] = scopes;
      return () => requireDistinctNames(site, scopes);
    };
    assert.throws(compared(teamOf("shop"), teamOf("shop_ledger")), {
      code: "infra.name_taken",
      message: /the Snowflake role "PROD_SHOP_LEDGER_OWNER"/,
    });
    assert.doesNotThrow(compared(teamOf("shop"), teamOf("ledger")));
  });
});

function assertDeclared(
  teams: Team[],
  borrower: string,
  grant: { privilege: string; on: { kind: string; name: string }; role: string },
): void {
  const from = teams.find(({ name }) => `PROD_${name.toUpperCase()}` === databaseOf(grant));
  const models = (from?.grants ?? []).filter(({ to }) => to === borrower).flatMap((each) => each.models);
  assert.ok(
    models.length > 0,
    `${grant.role} has ${grant.privilege} on ${grant.on.name}, which nobody granted`,
  );
  assert.match(grant.role, /_WRITER$/);
  if (grant.privilege === "SELECT")
    assert.ok(
      models.some((model) => grant.on.name.endsWith(`"GOLD"."${model.toUpperCase()}"`)),
      grant.on.name,
    );
  else {
    assert.equal(grant.privilege, "USAGE");
    assert.match(grant.on.name, /^[A-Z_]+$|\."GOLD"$/);
  }
}
