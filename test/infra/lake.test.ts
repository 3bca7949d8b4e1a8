import assert from "node:assert/strict";
import { Lake } from "#infra/lake/component";
import { planLake } from "#infra/lake/plan";
import { type Scope, zones } from "#infra/scope";
import { scopeOf, site, siteWith, teamOf } from "./generated.ts";
import { programOf, type Registered, registeredBy } from "./program.ts";

const lakeOf = async (scope: Scope) =>
  (await registeredBy("prod", () => new Lake("lake", { scope, plan: planLake(scope) }))).resources;
const named = (resources: Registered[], name: string) =>
  resources.find((each) => each.name === name && each.type.startsWith("aws:")) as Registered;

/** What every bucket has, each a resource of its own that points to it. */
const parts = {
  "aws:s3/bucketVersioning:BucketVersioning": { versioningConfiguration: { status: "Enabled" } },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    rule: { objectOwnership: "BucketOwnerEnforced" },
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
  "aws:s3/bucketPolicy:BucketPolicy": {},
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {},
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {},
};

describe("the lake of a team", () => {
  for (const stack of ["dev", "staging", "prod", "large"]) {
    it(`has three buckets a team, each with all that guards it, joined to it: ${stack}`, async () => {
      const { resources } = await programOf(stack);
      const buckets = resources.filter(({ type }) => type === "aws:s3/bucket:Bucket");
      assert.deepEqual(
        buckets.map(({ name }) => name).sort(),
        ["commerce", "learning"].flatMap((team) =>
          ["curated", "inbox", "raw"].map((each) => `${team}-${each}`),
        ),
      );
      for (const { urn, name, protect, retainOnDelete, inputs } of buckets) {
        const kept = stack === "prod" || stack === "large";
        assert.deepEqual([protect, retainOnDelete, inputs.forceDestroy], [kept, kept, !kept]);
        for (const [type, wanted] of Object.entries(parts)) {
          const of = resources.filter(
            (each) => each.type === type && each.propertyDependencies.bucket?.includes(urn),
          );
          assert.equal(of.length, 1, `${type} of ${name}`);
          assert.ok(of[0]);
          for (const [key, value] of Object.entries(wanted)) assert.deepEqual(of[0].inputs[key], value);
        }
      }
    });
  }

  it("encrypts each bucket with its own team's key, and AWS renews that each year", async () => {
    const { resources } = await programOf("prod");
    for (const team of ["commerce", "learning"]) {
      const key = named(resources, `${team}-key`);
      assert.equal(key.inputs.enableKeyRotation, true);
      assert.equal(key.inputs.deletionWindowInDays, 30);
      assert.deepEqual([key.protect, key.retainOnDelete], [true, true]);
      assert.deepEqual(named(resources, `${team}-key-alias`).inputs.name, `alias/firn-prod-${team}`);
      for (const zone of zones) {
        const encryption = named(resources, `${team}-${zone}-encryption`);
        assert.deepEqual(encryption.propertyDependencies.rules, [key.urn]);
        assert.deepEqual(encryption.inputs.rules, [
          {
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: "aws:kms",
              kmsMasterKeyId: `arn:aws:kms:eu-west-1:000000000000:${team}-key`,
            },
            bucketKeyEnabled: true,
            blockedEncryptionTypes: ["SSE-C"],
          },
        ]);
      }
    }
  });

  it("tells of new objects in the inbox alone", async () => {
    const resources = await lakeOf(scopeOf());
    assert.deepEqual(
      resources
        .filter(({ type }) => type.includes("BucketNotification"))
        .map(({ name, inputs }) => [name, inputs]),
      [["shop-inbox-events", { bucket: "shop-inbox-id", eventbridge: true }]],
    );
  });

  it("takes over a bucket that is declared as adopted, under its own name", async () => {
    const resources = await lakeOf(
      scopeOf(teamOf("shop", ["x"], { adopt: { prod: { buckets: { raw: "our-lake" } } } })),
    );
    const { importId, inputs, ignoreChanges } = named(resources, "shop-raw");
    assert.deepEqual([importId, inputs.bucket], ["our-lake", "our-lake"]);
    assert.deepEqual(ignoreChanges, ["tags", "tagsAll", "forceDestroy"]);
    assert.equal(named(resources, "shop-inbox").importId, "");
    const policy = JSON.parse(String(named(resources, "shop-raw-policy").inputs.policy));
    assert.equal(policy.Statement[0].Resource[0], "arn:aws:s3:::our-lake");
  });

  it("sets no retention for the whole bucket where objects can be locked", async () => {
    const lake = { ...site.environment.cloud.lake, lockDays: 365 };
    const resources = await lakeOf(scopeOf(teamOf("shop"), siteWith({ lake })));
    assert.equal(named(resources, "shop-raw").inputs.objectLockEnabled, true);
    assert.equal(named(resources, "shop-inbox").inputs.objectLockEnabled, undefined);
    assert.deepEqual(
      resources.filter(({ type }) => type.includes("ObjectLockConfiguration")),
      [],
    );
  });

  it("points at nothing of another team", async () => {
    const { resources } = await programOf("prod");
    const teamOfUrn = (urn: string) => /::(commerce|learning)\b[^:]*$/.exec(urn)?.[1];
    for (const { urn, propertyDependencies, dependencies } of resources)
      for (const other of [...Object.values(propertyDependencies).flat(), ...dependencies])
        if (teamOfUrn(urn) && teamOfUrn(other)) assert.equal(teamOfUrn(other), teamOfUrn(urn));
  });
});
