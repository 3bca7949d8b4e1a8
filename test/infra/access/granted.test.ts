import assert from "node:assert/strict";
import { missingOf, needless } from "#infra/access/coverage";
import type { Grant } from "#infra/access/facts";
import { accessOf } from "#infra/access/plan";
import { type Needs, needsOf, type Required, type SqlReader } from "#infra/access/privileges";
import { textOf } from "#infra/access/snowflake";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { tablesIn } from "#lineage/ast";
import { openParser } from "#lineage/parser";
import { loadStacks } from "#stacks";
import { kindsOf, modelStatements, pipelineStatements, watchStatements } from "./statements.ts";

const stacks = loadStacks("prod");
const site = requireSite(stacks);
const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
const { snowflake } = accessOf(scopes);

/** Grants that no statement of the tests needs, with the reason they are made. */
const exceptions: { privilege: RegExp; why: string }[] = [
  { privilege: /^USAGE WAREHOUSE \w+_BACKFILL$/, why: "a backfill runs the loader's statements there" },
  {
    privilege: /^(APPLY) MASKING POLICY /,
    why: "a pipeline of the team may declare a masked column of the type",
  },
  {
    privilege: /^(CREATE|USAGE|OWNERSHIP) .*LEDGER/,
    why: "the ledger's tables are the loader's and the writer's",
  },
  { privilege: /^CREATE VIEW /, why: "the next model may be a view" },
];

describe("the roles that run Firn's statements", () => {
  let reader: SqlReader;
  before(async () => {
    reader = { parse: await openParser("snowflake"), tablesIn };
  });

  for (const scope of scopes) {
    it(`may do all that their statements need, and nothing else: ${scope.team.name}`, () => {
      const gold = modelStatements(scope);
      const kinds = kindsOf(gold);
      const { database, warehouses, roles } = scope.names.snowflake;
      const session = { database, warehouse: warehouses.elt as string, kinds };
      const stage = `@"${database}"."RAW"."LAKE"/`;
      const work = {
        [roles.loader]: pipelineStatements().map((sql) => sql.replaceAll("@LAKE/", stage)),
        [roles.writer]: [...gold, ...watchStatements()],
      };
      for (const [role, statements] of Object.entries(work)) {
        const needs = joined(statements.map((sql) => needsOf(sql, session, reader)));
        const held = heldBy(role);
        assert.ok(held.length > 0, role);
        assert.deepEqual(told(missingOf(needs.required, held, needs.makes, snowflake.grants)), [], role);
        const excused = told(needless(held, needs.required)).filter(
          (each) => !exceptions.some(({ privilege }) => privilege.test(each)),
        );
        assert.deepEqual(excused, [], role);
      }
    });
  }

  it("are no richer than their exceptions say: each is made somewhere", () => {
    const made = told(snowflake.grants);
    for (const { privilege, why } of exceptions.filter(
      ({ privilege }) => !/BACKFILL|APPLY/.test(String(privilege)),
    ))
      assert.ok(
        made.some((each) => privilege.test(each)),
        why,
      );
  });
});

/** A role's grants and those of the roles it holds. */
function heldBy(role: string): Grant[] {
  const roles = new Set([role]);
  for (const each of roles)
    for (const { role: held, member } of snowflake.memberships)
      if (member.kind === "role" && member.name === each) roles.add(held);
  return snowflake.grants.filter((grant) => roles.has(grant.role));
}

function joined(each: (Needs | string)[]): Needs {
  const unknown = each.filter((one) => typeof one === "string");
  assert.deepEqual(unknown, []);
  const needs = each as Needs[];
  return { required: needs.flatMap(({ required }) => required), makes: needs.flatMap(({ makes }) => makes) };
}

function told(each: readonly (Required | Grant)[]): string[] {
  return [...new Set(each.map(({ privilege, on }) => `${privilege} ${on.kind} ${textOf(on)}`))].sort();
}
