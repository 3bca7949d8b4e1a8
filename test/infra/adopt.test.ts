import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Team } from "#firn";
import { archivesOnce } from "#infra/archives/build";
import { openProviders } from "#infra/providers";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { TeamPlatform } from "#infra/team";
import { loadStacks } from "#stacks";
import { registeredBy } from "./program.ts";

/** What a team takes over, and the id by which Pulumi finds it. */
type Adopt = NonNullable<Team["adopt"]>;
const adopt: Adopt[string] = { buckets: { raw: "old-lake", inbox: "old-inbox" } };
const adopted = {
  "aws:s3/bucket:Bucket old-inbox": "old-inbox",
  "aws:s3/bucket:Bucket old-lake": "old-lake",
};

describe("what a team adopts", () => {
  for (const name of ["dev", "prod"] as const) {
    it(`is imported under the name it has, and nothing else is: ${name}`, async () => {
      const resources = await platformOf(name, { [name]: adopt });
      const imported = resources.filter(({ importId }) => importId !== "");
      assert.deepEqual(
        Object.fromEntries(
          imported
            .map(
              ({ type, inputs, importId }) =>
                [`${type} ${String(inputs.bucket ?? inputs.name)}`, importId] as const,
            )
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
        adopted,
      );
      assert.deepEqual(
        imported
          .filter(({ protect, retainOnDelete }) => !protect && !retainOnDelete)
          .map((each) => each.name),
        [],
        "what was there before Firn is not deleted with it",
      );
    });
  }

  it("is what its environment names: in another, all is made anew", async () => {
    const resources = await platformOf("staging", { prod: adopt });
    assert.deepEqual(
      resources.filter(({ importId }) => importId !== "").map((each) => each.name),
      [],
    );
  });

  it("can be let go in production once the team is retired", async () => {
    const resources = await platformOf("prod", { prod: adopt }, true);
    assert.deepEqual(
      resources.filter(({ protect }) => protect).map((each) => each.name),
      [],
    );
  });
});

async function platformOf(name: "dev" | "staging" | "prod", adopt: Adopt, retired = false) {
  const stacks = loadStacks(name);
  const site = requireSite(stacks);
  const teams = stacks.teams.map((team) => (team.name === "commerce" ? { ...team, adopt, retired } : team));
  const archives = await archivesOnce(process.cwd());
  const { resources } = await registeredBy(name, () => {
    const { aws, snowflake, snowflakeAdmin } = openProviders(site);
    for (const team of teams.filter(({ name: each }) => each === "commerce")) {
      const scope = planScope(site, team, teams);
      new TeamPlatform(team.name, { scope, archives, snowflakeAdmin }, { providers: [aws, snowflake] });
    }
    return pulumi.output("made");
  });
  return resources;
}
