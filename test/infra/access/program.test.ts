import assert from "node:assert/strict";
import fc from "fast-check";
import { accessOf, declaredGrants } from "#infra/access/plan";
import { brokenGrants, planReach, tell, unexpectedPaths } from "#infra/access/reach";
import { fromRegistered } from "#infra/access/registered";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { type EnvironmentName, loadStacks } from "#stacks";
import { programOf } from "../program.ts";
import { site as made, someTeams } from "./site.ts";

describe("the program's access", function () {
  this.timeout(120_000);

  it("lets exactly the declared grants through, whatever teams there are", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        const scopes = made.scopes(teams);
        const facts = accessOf(scopes);
        const declared = declaredGrants(scopes);
        assert.deepEqual(
          unexpectedPaths(facts, declared).map(({ told }) => told),
          [],
        );
        assert.deepEqual(brokenGrants(facts, declared), []);
      }),
      { numRuns: 20 },
    );
  });

  for (const stack of ["dev", "staging", "prod", "large"] satisfies EnvironmentName[]) {
    it(`is the same by its plans and by what it registers, and crosses no team: ${stack}`, async () => {
      const stacks = loadStacks(stack);
      const site = requireSite(stacks);
      const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
      const { resources } = await programOf(stack);
      const registered = fromRegistered(resources, scopes);
      const planned = accessOf(scopes);
      const declared = declaredGrants(scopes);
      assert.deepEqual(registered.unread, []);
      assert.deepEqual(
        unexpectedPaths(registered, declared).map(({ told }) => told),
        [],
      );
      assert.deepEqual(brokenGrants(registered, declared), []);
      assert.deepEqual(ways(planned), ways(registered));
      // What stands on the lake itself says something in both.
      const guards = (facts: typeof planned) =>
        facts.targets
          .filter(({ owner }) => facts.teams.includes(owner))
          .map((each) => each.statements.length);
      assert.deepEqual(guards(planned), guards(registered));
    });
  }
});

/** Ways of and to teams; what is the platform's alone is in no team's plan. */
function ways(facts: Parameters<typeof planReach>[0]): string[] {
  const reach = planReach(facts).filter(({ of, access }) =>
    [of, access.owner].some((each) => facts.teams.includes(each)),
  );
  return [...new Set(reach.map(tell))].sort();
}
