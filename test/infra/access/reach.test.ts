import assert from "node:assert/strict";
import fc from "fast-check";
import { declaredGrants } from "#infra/access/plan";
import { brokenGrants, planReach, unexpectedPaths } from "#infra/access/reach";
import { fromRegistered, type Resource } from "#infra/access/registered";
import type { Scope } from "#infra/scope";
import {
  account,
  future,
  grantOn,
  object,
  policy,
  resource,
  rolePolicy,
  roleTo,
  sampleOf,
  trusted,
} from "./sample.ts";
import { arn, declaredTeams, roleArn, site, someTeams } from "./site.ts";

const two = site.scopes(
  declaredTeams([
    { name: "shop", grants: [] },
    { name: "learning", grants: [{ to: "shop", models: ["daily"] }] },
  ]),
) as [Scope, Scope];
const [shop, learning] = two;

function found(resources: readonly Resource[], scopes: readonly Scope[] = two): string[] {
  const facts = fromRegistered(resources, scopes);
  assert.deepEqual(facts.unread, []);
  return unexpectedPaths(facts, declaredGrants(scopes)).map(({ told }) => told);
}

/** The sample with one resource more. */
const withOne = (one: Resource) => [...sampleOf(two), one];

/** The sample with the inputs of one resource changed. */
function changed(name: string, inputs: Record<string, unknown>): Resource[] {
  const resources = sampleOf(two);
  const at = resources.findIndex((each) => each.name === name);
  assert.notEqual(at, -1, name);
  return resources.map((each, index) =>
    index === at ? { ...each, inputs: { ...each.inputs, ...inputs } } : each,
  );
}

describe("isolation of teams", function () {
  this.timeout(120_000);

  it("lets exactly the declared grants through, whatever teams there are", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        const scopes = site.scopes(teams);
        const facts = fromRegistered(sampleOf(scopes), scopes);
        const declared = declaredGrants(scopes);
        assert.deepEqual(facts.unread, []);
        assert.deepEqual(
          unexpectedPaths(facts, declared).map(({ told }) => told),
          [],
        );
        assert.deepEqual(brokenGrants(facts, declared), []);
        // Without the declarations the same ways are the only ones: none too many, none too few.
        const crossing = unexpectedPaths(facts, []).filter(({ access }) => access.verb === "read");
        assert.deepEqual(
          [...new Set(crossing.map(({ of, access }) => `${of} ${access.name}`))].sort(),
          declared.map(({ to, database, model }) => `${to} ${database}.GOLD.${model.toUpperCase()}`).sort(),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("holds of the sample, where one team grants the other a model", () => {
    assert.deepEqual(found(sampleOf(two)), []);
  });

  const ways: Record<string, { resources: () => Resource[]; told: RegExp }> = {
    "a statement that names another team's bucket": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.load, {
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: `arn:aws:s3:::${learning.names.buckets.raw}/raw/orders/*`,
          }),
        ),
      told: /^role\/firn-prod-shop-load \(shop\) may read raw\/ of learning: .*\/raw\/orders\/\*$/,
    },
    "a wildcard over buckets": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.load, {
            Effect: "Allow",
            Action: "s3:Get*",
            Resource: "arn:aws:s3:::firn-prod-*/raw/*",
          }),
        ),
      told: /shop-load \(shop\) may read raw\/ of learning/,
    },
    "an action that Firn has never heard of": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.load, {
            Effect: "Allow",
            Action: "s3:BeamUpObject",
            Resource: "*",
          }),
        ),
      told: /shop-load \(shop\) may do anything to raw\/ of learning/,
    },
    "a key statement that lost its condition": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.load, {
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: arn("kms", "key/*"),
          }),
        ),
      told: /shop-load \(shop\) may read the key of learning/,
    },
    "a trust of another team's role": {
      resources: () =>
        changed("learning-as-elt", {
          assumeRolePolicy: trusted({
            AWS: [roleArn(learning.names.roles.load), roleArn(shop.names.roles.load)],
          }),
        }),
      told: /^role\/firn-prod-shop-load \(shop\) assumes role\/firn-prod-learning-as-elt, signs in as snowflake user PROD_LEARNING_ELT_SERVICE, has role snowflake role PROD_LEARNING_LOADER, reads through stage PROD_LEARNING.RAW.LAKE, as role\/firn-prod-learning-snowflake, may read raw\/ of learning/,
    },
    "an integration's trust without an external id": {
      resources: () =>
        changed("learning-lake-role", {
          assumeRolePolicy: trusted({ AWS: "arn:aws:iam::999999999999:user/snowflake" }),
        }),
      told: /^user\/snowflake \(outside\) assumes role\/firn-prod-learning-snowflake, may read raw\/ of learning/,
    },
    "a trust of the whole account, and the right to use it": {
      resources: () => [
        ...changed("learning-as-elt", { assumeRolePolicy: trusted({ AWS: arn("iam", "root") }) }),
        rolePolicy("shop-more", shop.names.roles.waker, {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: roleArn("firn-prod-*"),
        }),
      ],
      told: /shop-waker \(shop\) assumes role\/firn-prod-learning-as-elt/,
    },
    "a role that may be handed to a service": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.waker, {
            Effect: "Allow",
            Action: "iam:PassRole",
            Resource: roleArn(learning.names.roles.load),
          }),
        ),
      told: /shop-waker \(shop\) hands a service role\/firn-prod-learning-load, may read raw\/ of learning/,
    },
    "a role that may be changed": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.waker, {
            Effect: "Allow",
            Action: "iam:PutRolePolicy",
            Resource: "*",
          }),
        ),
      told: /shop-waker \(shop\) changes \(iam:PutRolePolicy\) role\/firn-prod-learning-load, may read raw\//,
    },
    "a function of another team that may be invoked": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.machineRole, {
            Effect: "Allow",
            Action: "lambda:InvokeFunction",
            Resource: arn("lambda", `function:${learning.names.functions.load}:live`),
          }),
        ),
      told: /shop-machines \(shop\) invokes function:firn-prod-learning-load, runs as role\/firn-prod-learning-load, may read raw\/ of learning/,
    },
    "a queue of another team that may be written to": {
      resources: () =>
        withOne(
          rolePolicy("shop-more", shop.names.roles.load, {
            Effect: "Allow",
            Action: "sqs:SendMessage",
            Resource: arn("sqs", learning.names.queue),
          }),
        ),
      told: /shop-load \(shop\) sends to firn-prod-learning-wakeups, sets going function:firn-prod-learning-waker, runs as .*-learning-waker, starts stateMachine:/,
    },
    "a schedule that wakes another team": {
      resources: () => changed("shop-daily", { target: { arn: arn("sqs", learning.names.queue) } }),
      told: /^schedule\/firn-prod-shop\/daily \(shop\) may write queue of wake-ups of learning/,
    },
    "a queue policy open to another team's schedules": {
      resources: () =>
        changed("learning-queue-policy", {
          policy: policy({
            Effect: "Allow",
            Principal: { Service: "scheduler.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: "*",
            Condition: { ArnLike: { "aws:SourceArn": arn("scheduler", "schedule/*/*") } },
          }),
        }),
      told: /^scheduler.amazonaws.com for .* \(shop\) may write queue of wake-ups of learning/,
    },
    "a queue policy open to any account's schedules": {
      resources: () =>
        changed("learning-queue-policy", {
          policy: policy({
            Effect: "Allow",
            Principal: { Service: "scheduler.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: "*",
          }),
        }),
      told: /^scheduler.amazonaws.com \(outside\) may write queue of wake-ups of learning/,
    },
    "a bucket policy that lets anyone read": {
      resources: () =>
        changed("learning-raw-policy", {
          policy: policy({
            Effect: "Allow",
            Principal: "*",
            Action: "s3:GetObject",
            Resource: `arn:aws:s3:::${learning.names.buckets.raw}/*`,
          }),
        }),
      told: /^anyone may read raw\/ of learning/,
    },
    "a grant to another team's role": {
      resources: () =>
        withOne(
          grantOn(
            "learning-more",
            shop.names.snowflake.roles.reader,
            object(learning.names.snowflake.database, "GOLD", "WEEKLY", "TABLE"),
            "SELECT",
          ),
        ),
      told: /^snowflake user PROD_SHOP_ELT_SERVICE \(shop\) has role snowflake role PROD_SHOP_LOADER, has role snowflake role PROD_SHOP_READER, may read table PROD_LEARNING.GOLD.WEEKLY of learning/,
    },
    "a grant of all future models, where one was declared": {
      resources: () =>
        withOne(
          grantOn(
            "learning-more",
            shop.names.snowflake.roles.reader,
            future(learning.names.snowflake.database, "GOLD", "TABLES"),
            "SELECT",
          ),
        ),
      told: /may read future table PROD_LEARNING.GOLD.\* of learning/,
    },
    "a privilege to write a model that may be read": {
      resources: () =>
        withOne(
          grantOn(
            "learning-more",
            shop.names.snowflake.roles.reader,
            object(learning.names.snowflake.database, "GOLD", "DAILY", "TABLE"),
            "INSERT",
          ),
        ),
      told: /may write table PROD_LEARNING.GOLD.DAILY of learning/,
    },
    "a role granted to another team's role": {
      resources: () =>
        withOne(
          roleTo("learning-more", learning.names.snowflake.roles.reader, {
            parentRoleName: `"${shop.names.snowflake.roles.reader}"`,
          }),
        ),
      told: /\(shop\) .*has role snowflake role PROD_LEARNING_READER, may read future table PROD_LEARNING.GOLD/,
    },
    "a role granted to another team's user": {
      resources: () =>
        withOne(
          resource("learning-more", "snowflake:index/execute:Execute", {
            execute: `GRANT ROLE "${learning.names.snowflake.roles.loader}" TO USER "${shop.names.snowflake.users.elt}"`,
          }),
        ),
      told: /^role\/firn-prod-shop-load \(shop\) assumes role\/firn-prod-shop-as-elt, signs in as .*, has role snowflake role PROD_LEARNING_LOADER/,
    },
    "a grant to PUBLIC": {
      resources: () =>
        withOne(
          grantOn("shop-more", "PUBLIC", account("DATABASE", shop.names.snowflake.database), "MONITOR"),
        ),
      told: /^snowflake user PROD_LEARNING_ELT_SERVICE \(learning\) is in snowflake role PUBLIC, may list database PROD_SHOP/,
    },
    "a privilege on the account that opens everything": {
      resources: () =>
        withOne(
          grantOn("shop-more", shop.names.snowflake.roles.loader, { onAccount: true }, "MANAGE GRANTS"),
        ),
      told: /PROD_SHOP_LOADER \(shop\) may do anything to the account \(MANAGE GRANTS\) of learning/,
    },
    "another team's warehouse": {
      resources: () =>
        withOne(
          grantOn(
            "learning-more",
            shop.names.snowflake.roles.reader,
            account("WAREHOUSE", learning.names.snowflake.warehouses.bi as string),
            "USAGE",
          ),
        ),
      told: /may invoke warehouse PROD_LEARNING_BI of learning/,
    },
    "a user that another team's role signs in as": {
      resources: () =>
        withOne(
          resource("learning-more", "snowflake:index/execute:Execute", {
            execute: `CREATE USER "PROD_LEARNING_ELT_SERVICE" TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = '${roleArn(shop.names.roles.waker)}')`,
          }),
        ),
      told: /^role\/firn-prod-shop-waker \(shop\) signs in as snowflake user PROD_LEARNING_ELT_SERVICE/,
    },
    "the platform's own role in a team's data": {
      resources: () => [
        ...sampleOf(two),
        resource("_platform-forward", "aws:iam/role:Role", {
          name: "firn-prod-platform-forward",
          assumeRolePolicy: trusted({ Service: "lambda.amazonaws.com" }),
        }),
        rolePolicy("_platform-forward-policy", "firn-prod-platform-forward", {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "*",
        }),
      ],
      told: /platform-forward \(_platform\) may read raw\/ of (shop|learning)/,
    },
  };
  for (const [name, { resources, told }] of Object.entries(ways)) {
    it(`is seen to be lost by ${name}`, () => {
      const paths = found(resources());
      assert.ok(
        paths.some((each) => told.test(each)),
        `no path matches ${told}:\n${paths.join("\n")}`,
      );
    });
  }

  it("is seen to be lost where a team's role may read another's private key", () => {
    const keyPairs = site.scopes(
      declaredTeams([
        { name: "shop", grants: [] },
        { name: "learning", grants: [], signIn: "key_pair" },
      ]),
    ) as [Scope, Scope];
    const user = keyPairs[1].names.snowflake.users.elt as string;
    const paths = found(
      [
        ...sampleOf(keyPairs),
        resource("learning-user", "snowflake:index/serviceUser:ServiceUser", { name: user }),
        rolePolicy("shop-more", keyPairs[0].names.roles.load, {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: arn("secretsmanager", `secret:${keyPairs[1].names.secrets.snowflake_elt_private_key}-*`),
        }),
      ],
      keyPairs,
    );
    assert.ok(
      paths.some((each) =>
        /shop-load \(shop\) has secret snowflake_elt_private_key to sign in as/.test(each),
      ),
    );
  });

  it("is not proven over what the checker cannot read", () => {
    const odd = [
      resource("shop-share", "snowflake:index/grantPrivilegesToShare:GrantPrivilegesToShare", {}),
      resource("shop-broken", "aws:iam/rolePolicy:RolePolicy", { role: shop.names.roles.load, policy: "{" }),
      resource("shop-elsewhere", "aws:iam/rolePolicy:RolePolicy", { role: "unknown", policy: policy() }),
      resource("shop-managed", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        role: shop.names.roles.load,
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
      resource("shop-execute", "snowflake:index/execute:Execute", {
        execute: "GRANT ALL ON ACCOUNT TO ROLE X",
      }),
    ];
    for (const each of odd) {
      const { unread } = fromRegistered(withOne(each), two);
      assert.equal(unread.length, 1, each.name);
      assert.match(unread[0] as string, new RegExp(each.name));
    }
  });

  it("names a declared grant that nobody could use", () => {
    const without = sampleOf(two).filter(({ name }) => name !== "learning-to-shop-0-gold");
    assert.deepEqual(
      brokenGrants(fromRegistered(without, two), declaredGrants(two)).map(({ missing }) => missing),
      [["USAGE on schema PROD_LEARNING.GOLD"]],
    );
  });
});

describe("what a role may do", () => {
  const reach = planReach(fromRegistered(sampleOf(two), two));
  const verbs = (principal: string, what: string) =>
    reach
      .filter(
        (each) => each.principal.endsWith(principal) && each.access.what === what && each.path.length === 0,
      )
      .map(({ access }) => access.verb)
      .sort();

  it("creates what was not there under raw/, and can neither overwrite nor delete it", () => {
    assert.deepEqual(verbs("role/firn-prod-shop-load", "raw/"), ["create", "list", "read"]);
  });
  it("may rewrite state/, which it cannot list", () => {
    assert.deepEqual(verbs("role/firn-prod-shop-load", "state/"), ["create", "delete", "overwrite", "read"]);
  });
  it("tells what is only set going from what a role does itself", () => {
    const raw = reach.filter(
      ({ principal, access }) => principal.endsWith("role/firn-prod-shop-waker") && access.what === "raw/",
    );
    assert.ok(raw.length > 0);
    assert.ok(raw.every(({ invokes }) => invokes));
  });
});
