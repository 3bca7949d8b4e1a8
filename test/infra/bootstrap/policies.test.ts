import assert from "node:assert/strict";
import fc from "fast-check";
import { needs, type Target } from "#infra/bootstrap/actions";
import {
  planBoundary,
  planDeployPolicies,
  planPreviewPolicies,
  policiesOfRoleMax,
  policyLengthMax,
  stateOf,
} from "#infra/bootstrap/policies";
import { baseName, permissionsBoundary } from "#infra/names";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";
import { programOf, type Registered } from "../program.ts";
import { allows, beyond, statementsOf } from "./iam.ts";
import { requestFor } from "./requests.ts";

const names = ["dev", "staging", "prod", "large"] as const;
const stacks = (name: (typeof names)[number]) => {
  const loaded = loadStacks(name);
  return { site: requireSite(loaded), teams: loaded.teams };
};

describe("what deploying is allowed", () => {
  for (const name of names) {
    const { site, teams } = stacks(name);
    const deploy = planDeployPolicies(site, teams);
    const preview = planPreviewPolicies(site, teams);
    const boundary = planBoundary(site, teams);

    it(`fits into the managed policies that a role takes: ${name}`, () => {
      for (const documents of [deploy, preview]) {
        assert.ok(documents.length < policiesOfRoleMax, `${documents.length} policies`);
      }
      const lengths = [...deploy, ...preview, boundary].map((each) => JSON.stringify(each).length);
      assert.ok(Math.max(...lengths) <= policyLengthMax, String(lengths));
    });

    it(`is what each resource of the program asks for, by its name: ${name}`, async () => {
      const { resources } = await programOf(name);
      const defaults = defaultTags(resources);
      const ours = resources.filter(({ type }) => type.startsWith("aws:"));
      const unknown = ours.filter(({ type }) => needs[type] === undefined);
      assert.deepEqual(
        [...new Set(unknown.map(({ type }) => type))],
        [],
        "Add what AWS asks for to storing.ts or running.ts.",
      );
      for (const resource of ours) {
        for (const { on, read = [], write = [] } of needs[resource.type] ?? []) {
          const { arn, brought } = requestFor(on, site, resource, { defaults, all: resources });
          // What may not be destroyed is not emptied.
          const asked = on === "object" && resource.inputs.forceDestroy !== true ? [] : [...read, ...write];
          for (const action of asked) {
            assert.ok(allows(deploy, action, arn, brought), `${action} on ${arn}, for ${resource.name}`);
          }
          for (const action of read) {
            assert.ok(allows(preview, action, arn, brought), `preview: ${action} on ${arn}`);
          }
        }
      }
    });

    it(`reaches nothing that the environment itself rests on: ${name}`, () => {
      const { bucket, alias } = stateOf(site);
      const role = `arn:aws:iam::${site.environment.cloud.account}:role/${baseName(site, "deploy")}`;
      const asTheirs = { "kms:ResourceAliases": alias, "iam:PermissionsBoundary": permissionsBoundary(site) };
      const managing = statementsOf(deploy)
        .flatMap(({ Action }) => Action)
        .filter((each) => !["s3:ListBucket"].includes(each));
      for (const resource of [bucket, role, permissionsBoundary(site)]) {
        assert.deepEqual(
          managing.filter(
            (action) =>
              allows(deploy, action, resource, asTheirs) &&
              !statementsOf(deploy).some(
                (each) => each.Resource?.includes("*") && each.Action.includes(action),
              ),
          ),
          [],
          resource,
        );
      }
    });

    it(`makes no role without the boundary, and takes it from none: ${name}`, () => {
      const role = `arn:aws:iam::${site.environment.cloud.account}:role/firn-${name}-team-merge`;
      const within = { "iam:PermissionsBoundary": permissionsBoundary(site) };
      const other = { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" };
      for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]) {
        assert.ok(allows(deploy, action, role, within), action);
        assert.ok(!allows(deploy, action, role), `${action} without a boundary`);
        assert.ok(!allows(deploy, action, role, other), `${action} with another boundary`);
      }
      for (const action of ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:CreateUser"]) {
        assert.ok(!allows(deploy, action, role, within), action);
      }
    });

    it(`empties no bucket that production protects: ${name}`, () => {
      const object = `arn:aws:s3:::firn-${name}-commerce-raw-1-eu/raw/orders/x`;
      assert.equal(allows(deploy, "s3:DeleteObject", object), !site.environment.cloud.production);
      const retired = planDeployPolicies(
        site,
        teams.map((team) => (team.name === "commerce" ? { ...team, retired: true } : team)),
      );
      assert.ok(allows(retired, "s3:DeleteObject", object), "a retired team's goes with what it holds");
    });

    it(`reads no secret's value and no row: ${name}`, () => {
      const raw = `arn:aws:s3:::firn-${name}-commerce-raw-1-eu/raw/orders/part.parquet`;
      const secret = `arn:aws:secretsmanager:eu-west-1:1:secret:firn-${name}-x-??????`;
      for (const documents of [deploy, preview]) {
        assert.ok(!allows(documents, "s3:GetObject", raw));
        assert.ok(!allows(documents, "secretsmanager:GetSecretValue", secret));
        assert.ok(!allows(documents, "secretsmanager:PutSecretValue", secret));
      }
    });

    it(`is no wildcard, but where AWS names nothing: ${name}`, () => {
      const open: Target[] = ["anything", "newKey", "newMapping"];
      const sids = open.map((each) => each.replace(/^./, (first) => first.toUpperCase()));
      for (const { Action, Resource, Sid } of statementsOf([...deploy, ...preview])) {
        assert.deepEqual(
          Action.filter((each) => each.includes("*")),
          [],
        );
        if (Resource?.includes("*")) assert.ok(sids.includes(Sid), Sid);
      }
      for (const { Action, Resource, Sid } of statementsOf([boundary])) {
        assert.deepEqual(
          Action.filter((each) => each.includes("*")),
          [],
        );
        if (Resource?.includes("*")) assert.ok(["LogDelivery", "Metrics"].includes(Sid), Sid);
      }
    });

    it(`stays within the environment: ${name}`, () => {
      for (const other of names.filter((each) => each !== name)) {
        const bucket = `arn:aws:s3:::firn-${other}-commerce-raw`;
        assert.ok(!allows(deploy, "s3:PutBucketPolicy", bucket), bucket);
        const key = { "aws:ResourceTag/Environment": other, "aws:ResourceTag/Platform": "firn" };
        assert.ok(!allows(deploy, "kms:PutKeyPolicy", keyOf(site.environment.cloud), key));
      }
    });
  }

  it("is nothing that no resource of the program asks for", async () => {
    const registered = new Set<string>();
    for (const name of names) {
      for (const { type } of (await programOf(name)).resources) registered.add(type);
    }
    assert.deepEqual(
      Object.keys(needs)
        .filter((type) => !registered.has(type))
        .sort(),
      [],
      "Take what is no longer registered from storing.ts or running.ts.",
    );
  });

  it("counts the adopted bucket of a team, which has a name of its own", () => {
    const { site, teams } = stacks("dev");
    const adopting = teams.map((team) => ({ ...team, adopt: { dev: { buckets: { raw: "old-lake" } } } }));
    assert.ok(!allows(planDeployPolicies(site, teams), "s3:PutBucketPolicy", "arn:aws:s3:::old-lake"));
    assert.ok(allows(planDeployPolicies(site, adopting), "s3:PutBucketPolicy", "arn:aws:s3:::old-lake"));
  });
});

describe("what a preview is allowed", () => {
  for (const name of names) {
    const { site, teams } = stacks(name);
    const preview = planPreviewPolicies(site, teams);

    it(`is to read, and to change nothing: ${name}`, () => {
      const verbs = /^[a-z0-9]+:(Get|List|Describe|Validate)/;
      const other = statementsOf(preview)
        .flatMap(({ Action }) => Action)
        .filter((each) => !verbs.test(each));
      assert.deepEqual(other, ["kms:Decrypt"]);
    });

    it(`decrypts with the state's key alone: ${name}`, () => {
      const key = keyOf(site.environment.cloud);
      const { alias } = stateOf(site);
      assert.ok(allows(preview, "kms:Decrypt", key, { "kms:ResourceAliases": alias }));
      fc.assert(
        fc.property(fc.stringMatching(/^[a-z-]{0,20}$/), (team) => {
          const other = { "kms:ResourceAliases": `alias/firn-${name}-${team}` };
          assert.ok(!allows(preview, "kms:Decrypt", key, other));
        }),
      );
    });

    it(`finds no object of the lake but releases, whose key it has not: ${name}`, () => {
      const bucket = `arn:aws:s3:::firn-${name}-commerce-raw-1-eu-west-1`;
      assert.ok(allows(preview, "s3:GetObject", `${bucket}/state/releases/x.json`));
      for (const key of ["raw/a", "state/hints/orders.json", "inbox/a.csv"]) {
        assert.ok(!allows(preview, "s3:GetObject", `${bucket}/${key}`), key);
      }
    });
  }
});

describe("the permissions boundary", () => {
  for (const name of names) {
    const { site, teams } = stacks(name);
    const boundary = [planBoundary(site, teams)];

    it(`is on every role of the program, and leaves each what its policies allow: ${name}`, async () => {
      const { resources } = await programOf(name);
      const roles = resources.filter(({ type }) => type === "aws:iam/role:Role");
      assert.deepEqual(
        roles
          .filter(({ inputs }) => inputs.permissionsBoundary !== permissionsBoundary(site))
          .map((each) => each.name),
        [],
      );
      assert.ok(roles.length > teams.length, "every team has functions");
      assert.deepEqual(beyond(boundary, resources), []);
    });

    it(`holds nothing of IAM, and no way to change what is deployed: ${name}`, () => {
      const actions = statementsOf(boundary).flatMap(({ Action }) => Action);
      const changing =
        /^iam:|^(s3|kms|lambda|states|sqs|sns|secretsmanager|events|scheduler):(Create|Update|Delete|Put|Set|Add|Remove)/;
      assert.deepEqual(actions.filter((each) => changing.test(each)).sort(), [
        "s3:DeleteObject",
        "s3:PutObject",
        "s3:PutObjectRetention",
        "s3:PutObjectTagging",
        "sqs:DeleteMessage",
      ]);
    });
  }
});

/** The tags that the provider puts on all it makes. */
function defaultTags(resources: readonly Registered[]): Record<string, string> {
  const { inputs } = resources.find(({ type }) => type === "pulumi:providers:aws") ?? { inputs: {} };
  const { defaultTags: given } = inputs as { defaultTags?: unknown };
  const parsed = (typeof given === "string" ? JSON.parse(given) : given) as { tags: Record<string, string> };
  return parsed.tags;
}

function keyOf({ account, region }: { account: string; region: string }): string {
  return `arn:aws:kms:${region}:${account}:key/1`;
}
