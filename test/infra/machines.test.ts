import assert from "node:assert/strict";
import aslValidator from "asl-validator";
import fc from "fast-check";
import { type ArchiveName, aliasOf, archiveNames } from "#infra/archives/plan";
import { planMachines } from "#infra/machines/plan";
import {
  type Definition,
  renderDefinition,
  renderModelDefinition,
  type Task,
  tasks,
} from "#orchestrate/definition";
import { arn as localArn } from "#orchestrate/local";
import { inCloud, scopesOf, scopesOfTeams, someTeams } from "./site.ts";

const hashes = Object.fromEntries(
  archiveNames.map((name, at) => [name, { hash: `${at}`.repeat(64).slice(0, 64) }]),
) as Record<ArchiveName, { hash: string }>;

describe("the state machines of a team", () => {
  for (const stack of inCloud) {
    it(`are valid in the Amazon States Language: ${stack}`, () => {
      for (const scope of scopesOf(stack))
        for (const { definition, of } of planMachines(scope, hashes).machines) {
          const { isValid, errors } = aslValidator(JSON.parse(definition), {
            checkPaths: true,
            checkArn: true,
          });
          assert.ok(isValid, `${of}: ${JSON.stringify(errors)}`);
        }
    });

    it(`are byte for byte what the laptop interprets, but for the functions: ${stack}`, () => {
      for (const scope of scopesOf(stack))
        for (const { definition, of } of planMachines(scope, hashes).machines) {
          const interpreted = (of === "_gold" ? renderModelDefinition : renderDefinition)(
            scope.environment,
            localArn,
          );
          assert.equal(withFunctions(definition, scope.names.functions), interpreted);
        }
    });
  }

  it("call each function by the alias of its code, which is known before anything is made", () => {
    const [scope] = scopesOf("prod");
    const [machine] = planMachines(scope!, hashes).machines;
    const { Resource } = (JSON.parse(machine?.definition ?? "") as Definition).States.Extract ?? {};
    assert.equal(
      Resource,
      `arn:aws:lambda:eu-west-1:333333333333:function:firn-prod-commerce-extract:${aliasOf(hashes.extract)}`,
    );
  });

  it("may call the functions of their own team, of any code, and nothing else but their log delivery", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOfTeams("prod", teams)) {
          const { role, machines } = planMachines(scope, hashes);
          const [call, logs, ...more] = role.policy.Statement;
          assert.deepEqual(more, []);
          const allowed = new Set(call?.Resource);
          for (const { definition } of machines)
            for (const { Resource } of Object.values((JSON.parse(definition) as Definition).States))
              if (Resource) assert.ok(allowed.has(String(Resource).replace(/:[^:]*$/, ":*")));
          const own = Object.values(scope.names.functions);
          assert.ok([...allowed].every((each) => own.includes(each.split(":")[6] ?? "")));
          assert.ok(logs?.Action.every((action) => action.startsWith("logs:") && !action.includes("*")));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are one a pipeline, tagged with it, and one of gold where there are models", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOfTeams("prod", teams)) {
          const { machines } = planMachines(scope, hashes);
          const { team } = scope;
          const gold = Object.keys(team.models ?? {}).length > 0 ? ["_gold"] : [];
          assert.deepEqual(
            machines.map(({ of }) => of),
            [...team.pipelines.map(({ name }) => name), ...gold],
          );
          for (const { of, tags, logGroup } of machines) {
            assert.equal(tags.Pipeline, of === "_gold" ? undefined : of);
            assert.ok(logGroup.startsWith("/aws/vendedlogs/states/"));
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** The definition as it would be with the interpreter's functions. */
function withFunctions(definition: string, functions: Record<Task, string>): string {
  return tasks.reduce(
    (text, task) =>
      text.replaceAll(
        new RegExp(`arn:aws:lambda:[^"]*:function:${functions[task]}:c[0-9a-f]{12}`, "g"),
        localArn(task),
      ),
    definition,
  );
}
