import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { sha256 } from "#core/ids";
import { warehouseNames } from "#core/names";
import { planReleaseObject } from "#infra/release/plan";
import { planScope, type Scope } from "#infra/scope";
import { makeRelease } from "#release";
import { anyTeams, scopeOf, site, siteWith, teamOf } from "./generated.ts";
import { programOf } from "./program.ts";

const hashOf = (scope: Scope) => scope.release.hash;

describe("the release that up puts into a team's lake", () => {
  it("is the same for the same declarations, and named by its content", () => {
    fc.assert(
      fc.property(anyTeams, (teams) => {
        for (const team of teams) {
          const { release } = planScope(site, team, teams);
          const again = planScope(site, structuredClone(team), structuredClone(teams));
          const { key, body } = planReleaseObject(again);
          assert.equal(key, `state/releases/${release.hash}.json`);
          assert.equal(sha256(body), release.hash);
          assert.deepEqual(JSON.parse(body), structuredClone(release.release));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("does not change with a team it has nothing to do with, or with another's source", () => {
    const shop = teamOf("shop");
    const alone = hashOf(planScope(site, shop, [shop]));
    assert.equal(hashOf(planScope(site, shop, [shop, teamOf("other", ["y"])])), alone);
    const connections = { ...site.environment.connections, of_another: "https://x.example.com" };
    const of = { environment: { ...site.environment, connections } };
    assert.equal(hashOf(planScope(of, shop, [shop])), alone);
  });

  it("changes with what its runs depend on", () => {
    const hashes = [
      scopeOf(),
      scopeOf(teamOf("shop", ["other"])),
      scopeOf(teamOf("shop"), siteWith({}, "stage")),
      scopeOf(teamOf("shop"), siteWith({ lake: { ...site.environment.cloud.lake, lockDays: 7 } })),
      scopeOf(teamOf("shop", ["things"], { signIn: "key_pair" })),
      scopeOf(teamOf("shop", ["things"], { adopt: { prod: { database: "OURS" } } })),
      scopeOf(teamOf("shop"), siteWith({ warehouses: { elt: { size: "Small" } } })),
    ].map(hashOf);
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it("tells handlers every name as it was deployed", () => {
    const scope = scopeOf(teamOf("shop", ["things"], { adopt: { prod: { database: "OURS" } } }));
    const { cloud, names, elt } = scope.release.release;
    assert.deepEqual(cloud?.buckets, scope.names.buckets);
    assert.equal(
      cloud?.machines.things,
      "arn:aws:states:eu-west-1:333333333333:stateMachine:firn-prod-shop-pipeline-things",
    );
    assert.equal(cloud?.topic, "arn:aws:sns:eu-west-1:333333333333:firn-prod-shop-alerts");
    assert.equal(cloud?.snowflake.account, "EXAMPLE-FIRN_PROD");
    assert.deepEqual(cloud?.snowflake.warehouses, { elt: "PROD_SHOP_ELT", bi: "PROD_SHOP_BI" });
    assert.deepEqual([names.database, names.elt], ["ours", "prod_shop_elt"]);
    assert.equal(elt?.autoSuspendSeconds, 60);
  });

  it("says nothing of a cloud on a laptop", () => {
    const { release } = makeRelease(teamOf("shop"));
    assert.equal("cloud" in release, false);
    assert.deepEqual(release.names, warehouseNames("shop"));
  });

  it("lies in the raw bucket, after the bucket is guarded, and stays when a newer one comes", async () => {
    for (const stack of ["dev", "prod"]) {
      const { resources } = await programOf(stack);
      const of = (name: string, type: string) =>
        resources.find((each) => each.name === name && each.type.endsWith(type))?.urn ?? "";
      const puts = resources.filter(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");
      assert.deepEqual(
        puts.map(({ name }) => name),
        ["commerce-release", "learning-release"],
      );
      for (const { name, inputs, retainOnDelete, protect, dependencies, propertyDependencies } of puts) {
        const team = name.replace("-release", "");
        assert.deepEqual([retainOnDelete, protect], [true, false]);
        assert.deepEqual(propertyDependencies.bucket, [of(`${team}-raw`, ":Bucket")]);
        assert.ok(dependencies.includes(of(`${team}-raw-policy`, ":BucketPolicy")));
        assert.ok(dependencies.includes(of(`${team}-raw-encryption`, "ServerSideEncryptionConfiguration")));
        // The bucket's policy refuses a put that chooses its encryption.
        assert.equal(inputs.serverSideEncryption ?? inputs.kmsKeyId, undefined);
        assert.ok(inputs.source instanceof pulumi.asset.StringAsset);
        assert.equal(inputs.key, `state/releases/${sha256(await inputs.source.text)}.json`);
      }
    }
  });
});
