import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Team } from "#firn";
import { archivesOnce } from "#infra/archives/build";
import { planBoundary } from "#infra/bootstrap/policies";
import { openProviders } from "#infra/providers";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { TeamPlatform } from "#infra/team";
import { loadStacks } from "#stacks";
import { beyond } from "./bootstrap/iam.ts";
import { registeredBy } from "./program.ts";

/** What a team takes over, and the id by which Pulumi finds it. */
type Adopt = NonNullable<Team["adopt"]>;
const adopt: Adopt[string] = {
  buckets: { raw: "old-lake", inbox: "old-inbox" },
  database: "OLD_DWH",
  warehouses: { elt: "OLD_WH" },
};
const adopted = {
  "aws:s3/bucket:Bucket old-inbox": "old-inbox",
  "aws:s3/bucket:Bucket old-lake": "old-lake",
  "snowflake:index/database:Database OLD_DWH": '"OLD_DWH"',
  "snowflake:index/warehouse:Warehouse OLD_WH": '"OLD_WH"',
};
/** Kept beside what is adopted: the key that its objects need, releases, and the code of executions under way. */
const keptBeside = [
  "aws:kms/alias:Alias",
  "aws:kms/key:Key",
  "aws:lambda/alias:Alias",
  "aws:s3/bucketObjectv2:BucketObjectv2",
];

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
        imported.filter(({ retainOnDelete }) => !retainOnDelete).map((each) => each.name),
        [],
        "what was there before Firn is not deleted with it",
      );
      assert.deepEqual([...new Set(imported.map(({ protect }) => protect))], [name === "prod"]);
    });
  }

  it("is what its environment names: in another, all is made anew", async () => {
    const resources = await platformOf("staging", { prod: adopt });
    assert.deepEqual(
      resources.filter(({ importId }) => importId !== "").map((each) => each.name),
      [],
    );
  });

  it("alone stays where nothing else is kept: what Firn made goes", async () => {
    for (const resources of [
      await platformOf("dev", { dev: adopt }),
      await platformOf("prod", { prod: adopt }, true),
    ]) {
      const kept = resources.filter(({ retainOnDelete, importId }) => retainOnDelete && importId === "");
      assert.deepEqual([...new Set(kept.map(({ type }) => type))].sort(), keptBeside);
    }
  });

  it("is kept of warehouses alone, in production too: nothing lies in those that Firn makes", async () => {
    const resources = await platformOf("prod", { prod: adopt });
    const warehouses = resources.filter(({ type }) => type === "snowflake:index/warehouse:Warehouse");
    assert.ok(warehouses.length > 1);
    for (const { inputs, protect, retainOnDelete } of warehouses) {
      const taken = inputs.name === "OLD_WH";
      assert.deepEqual(
        { protect, retainOnDelete },
        { protect: taken, retainOnDelete: taken },
        String(inputs.name),
      );
    }
  });

  it("is within the boundary of the roles that work on it", async () => {
    const resources = await platformOf("prod", { prod: adopt });
    const stacks = loadStacks("prod");
    const site = requireSite(stacks);
    assert.notDeepEqual(
      beyond([planBoundary(site, stacks.teams)], resources),
      [],
      "the pattern of names does not cover it",
    );
    assert.deepEqual(beyond([planBoundary(site, teamsWith(stacks.teams, { prod: adopt }))], resources), []);
  });

  it("can be let go in production once the team is retired", async () => {
    const resources = await platformOf("prod", { prod: adopt }, true);
    assert.deepEqual(
      resources.filter(({ protect }) => protect).map((each) => each.name),
      [],
    );
  });
});

function teamsWith(teams: readonly Team[], adopt: Adopt, retired = false): Team[] {
  return teams.map((team) => (team.name === "commerce" ? { ...team, adopt, retired } : team));
}

async function platformOf(name: "dev" | "staging" | "prod", adopt: Adopt, retired = false) {
  const stacks = loadStacks(name);
  const site = requireSite(stacks);
  const teams = teamsWith(stacks.teams, adopt, retired);
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
