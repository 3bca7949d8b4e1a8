import assert from "node:assert/strict";
import fc from "fast-check";
import { teamNames } from "#infra/distinct";
import { planLifecycle, rawDaysDefault } from "#infra/lake/lifecycle";
import { planLake } from "#infra/lake/plan";
import { planBucketPolicy, runtimeRoles } from "#infra/lake/policy";
import { bucketArn, roleArn, zones } from "#infra/scope";
import { accepted, anyName, anyTeams, scopeOf, site, siteWith, teamOf } from "./generated.ts";
import { denies } from "./policies.ts";

const days = fc.integer({ min: 1, max: 4_000 });
const anyLake = fc
  .record(
    {
      rawColdAfterDays: fc.integer({ min: 30, max: 4_000 }),
      rawDays: days,
      inboxDays: days,
      curatedDays: days,
      oldVersionDays: days,
      lockDays: days,
    },
    { requiredKeys: ["rawColdAfterDays", "inboxDays", "curatedDays", "oldVersionDays"] },
  )
  .filter(accepted);

describe("the lifecycle of a lake", () => {
  it("grows no colder than what Snowflake can read, and colder before it goes", () => {
    const readable = ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];
    fc.assert(
      fc.property(anyLake, fc.constantFrom(...zones), (lake, zone) => {
        for (const { transitions = [], expiration } of planLifecycle({ lake }, zone)) {
          const end = expiration && "days" in expiration ? expiration.days : Number.POSITIVE_INFINITY;
          const steps = [...transitions.map((each) => each.days), end];
          assert.deepEqual(
            steps,
            [...new Set(steps)].sort((a, b) => a - b),
          );
          for (const { storageClass } of transitions) assert.ok(readable.includes(storageClass));
        }
      }),
    );
  });

  it("keeps raw for seven years unless the environment says otherwise, and what lies beside it for ever", () => {
    const [history, leftovers] = planLifecycle(site.environment.cloud, "raw");
    assert.deepEqual(
      [history?.filter, history?.transitions, history?.expiration],
      [{ prefix: "raw/" }, [{ days: 90, storageClass: "GLACIER_IR" }], { days: rawDaysDefault }],
    );
    assert.deepEqual(leftovers?.expiration, { expiredObjectDeleteMarker: true });
    const { lake } = siteWith({ lake: { ...site.environment.cloud.lake, rawDays: 400 } }).environment.cloud;
    assert.deepEqual(planLifecycle({ lake }, "raw")[0]?.expiration, { days: 400 });
  });

  it("gives up uploads and drops old versions in every zone", () => {
    for (const zone of zones) {
      const whole = planLifecycle(site.environment.cloud, zone).filter(({ filter }) => filter.prefix === "");
      assert.deepEqual(
        whole.flatMap((each) => each.abortIncompleteMultipartUpload?.daysAfterInitiation ?? []),
        [7],
      );
      assert.deepEqual(
        whole.flatMap((each) => each.noncurrentVersionExpiration?.noncurrentDays ?? []),
        [30],
      );
    }
  });
});

describe("the policy of a lake's bucket", () => {
  const scope = scopeOf();
  const raw = planBucketPolicy(scope, "raw");
  const put = (key: string, context: Record<string, string> = {}) => ({
    action: "s3:PutObject",
    resource: `${bucketArn(scope, "raw")}/${key}`,
    context: { "aws:SecureTransport": "true", "s3:ObjectCreationOperation": "true", ...context },
  });
  const absent = { "s3:if-none-match": "*" };

  it("lets an object be made under raw/ and never be replaced", () => {
    assert.equal(denies(raw, put("raw/things/plans/000001.json", absent)), false);
    assert.equal(denies(raw, put("raw/things/plans/000001.json")), true);
    assert.equal(denies(raw, put("raw/things/plans/000001.json", { "s3:if-match": "x" })), true);
  });
  it("lets the parts of an upload through, and holds its completion to the same", () => {
    assert.equal(denies(raw, put("raw/x.parquet", { "s3:ObjectCreationOperation": "false" })), false);
    assert.equal(denies(raw, put("raw/x.parquet")), true);
  });
  it("lets what lies under state/ be rewritten", () => {
    assert.equal(denies(raw, put("state/ledger.json")), false);
  });
  it("refuses whoever does not use TLS, in every zone", () => {
    for (const zone of zones)
      for (const resource of [bucketArn(scope, zone), `${bucketArn(scope, zone)}/any`])
        for (const action of ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])
          assert.equal(
            denies(planBucketPolicy(scope, zone), {
              action,
              resource,
              context: { "aws:SecureTransport": "false" },
            }),
            true,
          );
  });
  it("refuses a put that chooses its own encryption or key, in every zone", () => {
    for (const header of [
      "s3:x-amz-server-side-encryption",
      "s3:x-amz-server-side-encryption-aws-kms-key-id",
      "s3:x-amz-server-side-encryption-customer-algorithm",
    ])
      for (const zone of zones) {
        const request = { ...put("any", absent), resource: `${bucketArn(scope, zone)}/any` };
        const policy = planBucketPolicy(scope, zone);
        assert.equal(denies(policy, request), false);
        assert.equal(denies(policy, { ...request, context: { ...request.context, [header]: "x" } }), true);
      }
  });
  it("grants nobody anything, and no role of any team's runtime a deletion under raw/", () => {
    fc.assert(
      fc.property(anyTeams, anyName, (teams, key) => {
        for (const team of teams) {
          const of = scopeOf(team, site, teams);
          const policy = planBucketPolicy(of, "raw");
          assert.ok(policy.Statement.every(({ Effect }) => Effect === "Deny"));
          const delete_ = (action: string, role: string, under = "raw") => ({
            action,
            resource: `${bucketArn(of, "raw")}/${under}/${key}`,
            context: { "aws:SecureTransport": "true", "aws:PrincipalArn": roleArn(of, role) },
          });
          for (const role of runtimeRoles(of)) {
            assert.equal(denies(policy, delete_("s3:DeleteObject", role)), true);
            assert.equal(denies(policy, delete_("s3:DeleteObjectVersion", role)), true);
            assert.equal(denies(policy, delete_("s3:BypassGovernanceRetention", role)), true);
            assert.equal(denies(policy, delete_("s3:DeleteObject", role, "state")), false);
          }
          assert.equal(denies(policy, delete_("s3:DeleteObject", "administrator")), false);
        }
      }),
      { numRuns: 50 },
    );
  });
  it("counts every role that a team has as one of its runtime", () => {
    const roles = teamNames(scope).filter(({ kind }) => kind === "role");
    assert.deepEqual(new Set(runtimeRoles(scope)), new Set(roles.map(({ name }) => name)));
  });
});

describe("what holds data", () => {
  const keepings = (team = teamOf("shop"), of = site) => {
    const { key, zones: planned } = planLake(scopeOf(team, of));
    return { key: key.keeping, raw: planned.raw.keeping, force: planned.raw.forceDestroy };
  };
  const kept = { protect: true, retainOnDelete: true };
  const free = { protect: false, retainOnDelete: false };

  it("is kept in production until its team is retired, and goes elsewhere", () => {
    assert.deepEqual(keepings(), { key: kept, raw: kept, force: false });
    assert.deepEqual(keepings(teamOf("shop", ["x"], { retired: true })), {
      key: free,
      raw: free,
      force: true,
    });
    assert.deepEqual(keepings(teamOf("shop"), siteWith({ production: false })), {
      key: free,
      raw: free,
      force: true,
    });
  });
  it("is never deleted where it was adopted, nor is the key that encrypts it", () => {
    const adopting = teamOf("shop", ["x"], {
      retired: true,
      adopt: { prod: { buckets: { raw: "our-lake" } } },
    });
    const stays = { protect: false, retainOnDelete: true };
    assert.deepEqual(keepings(adopting), { key: stays, raw: stays, force: false });
    assert.deepEqual(planLake(scopeOf(adopting)).zones.inbox.keeping, free);
  });
  it("can be locked only in raw, and only where the environment says for how long", () => {
    const locks = (of = site) =>
      zones.filter((zone) => planLake(scopeOf(teamOf("shop"), of)).zones[zone].objectLock);
    assert.deepEqual(locks(), []);
    assert.deepEqual(locks(siteWith({ lake: { ...site.environment.cloud.lake, lockDays: 365 } })), ["raw"]);
  });
});
