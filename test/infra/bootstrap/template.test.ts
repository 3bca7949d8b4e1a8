import assert from "node:assert/strict";
import { planBootstrap, templateLengthMax } from "#infra/bootstrap/plan";
import { accountPrivileges, planSnowflakeStatements } from "#infra/bootstrap/snowflake";
import type { trustGitHub } from "#infra/bootstrap/template";
import { deployerRole, longest } from "#infra/names";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";
import { programOf } from "../program.ts";

const names = ["dev", "staging", "prod", "large"] as const;

describe("what the first administrator makes", () => {
  for (const name of names) {
    const stacks = loadStacks(name);
    const site = requireSite(stacks);
    const { template, statements, signIn } = planBootstrap(site, stacks.teams);
    const of = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type);

    it(`is small enough to be sent as it is, and its references lead somewhere: ${name}`, () => {
      assert.ok(JSON.stringify(template, null, 1).length < templateLengthMax);
      const text = JSON.stringify(template);
      const named = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":(?:\["([^"]+)"|"([^"]+)")/g)].map(
        ([, a, b]) => a ?? b ?? "",
      );
      const there = [...Object.keys(template.Resources), ...Object.keys(template.Parameters)];
      assert.ok(named.length > 3);
      assert.deepEqual(
        named.filter((each) => !there.includes(each)),
        [],
      );
    });

    it(`keeps Pulumi's state versioned, encrypted, private, for TLS alone, and for good: ${name}`, () => {
      const [bucket] = of("AWS::S3::Bucket");
      const properties = JSON.stringify(bucket?.Properties);
      assert.equal(bucket?.DeletionPolicy, "Retain");
      assert.equal(bucket?.Properties.BucketName, new URL(signIn.backend).host);
      assert.ok(String(bucket?.Properties.BucketName).length <= longest.bucket);
      assert.match(properties, /"Status":"Enabled"/);
      assert.match(
        properties,
        /"SSEAlgorithm":"aws:kms","KMSMasterKeyID":\{"Fn::GetAtt":\["StateKey","Arn"\]\}/,
      );
      assert.equal((properties.match(/"(Block|Ignore|Restrict)Public\w+":true/g) ?? []).length, 4);
      assert.match(JSON.stringify(of("AWS::S3::BucketPolicy")), /"aws:SecureTransport":"false"/);
      const [key] = of("AWS::KMS::Key");
      assert.equal(key?.DeletionPolicy, "Retain");
      assert.equal(key?.Properties.EnableKeyRotation, true);
    });

    it(`trusts workflows of this repository alone: deploying by approval, previewing by a pull request: ${name}`, () => {
      const repository = `repo:${site.environment.cloud.repository}`;
      const subjects = of("AWS::IAM::Role").map(({ Properties }) => {
        const { Statement } = Properties.AssumeRolePolicyDocument as ReturnType<typeof trustGitHub>;
        const condition = Statement[0]?.Condition?.StringEquals ?? {};
        assert.equal(Statement.length, 1);
        assert.equal(condition["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        return condition["token.actions.githubusercontent.com:sub"];
      });
      assert.deepEqual(subjects, [
        [`${repository}:environment:${name}`],
        [`${repository}:pull_request`, `${repository}:ref:refs/heads/main`],
      ]);
      assert.doesNotMatch(JSON.stringify(subjects), /\*/);
    });

    it(`names roles that AWS and Snowflake both know: ${name}`, () => {
      const roles = of("AWS::IAM::Role").map(({ Properties }) => String(Properties.RoleName));
      assert.deepEqual(
        [signIn.deploy_role, signIn.preview_role].map((each) => each.split("/").at(-1)),
        roles,
      );
      for (const role of [signIn.deploy_role, signIn.preview_role]) {
        assert.ok(
          statements.some((each) => each.includes(`ARN = '${role}'`)),
          role,
        );
      }
    });

    it(`gives Snowflake's deploying role what the program's types ask for, and no more: ${name}`, async () => {
      const { resources } = await programOf(name);
      const types = [...new Set(resources.map(({ type }) => type))].filter((type) =>
        type.startsWith("snowflake:"),
      );
      assert.deepEqual(
        types.filter((type) => accountPrivileges[type] === undefined),
        [],
      );
      const asked = new Set(
        Object.values(accountPrivileges).flatMap((each) => (typeof each === "string" ? [] : each)),
      );
      const [granted = ""] = statements.filter((each) => each.includes(" ON ACCOUNT TO ROLE "));
      assert.deepEqual(granted.replace(/^GRANT | ON ACCOUNT.*$/g, "").split(", "), [...asked].sort());
    });

    it(`makes as ACCOUNTADMIN what nobody else can, and nothing else: ${name}`, async () => {
      const { resources } = await programOf(name);
      const asAdmin = resources.filter(({ provider }) => provider.includes(`::snowflake-admin-${name}::`));
      assert.deepEqual(
        [...new Set(asAdmin.map(({ type }) => type))].sort(),
        Object.keys(accountPrivileges)
          .filter((type) => accountPrivileges[type] === "ACCOUNTADMIN")
          .filter((type) => resources.some((each) => each.type === type))
          .sort(),
      );
      assert.deepEqual(
        resources
          .filter(({ type }) => accountPrivileges[type] === "ACCOUNTADMIN")
          .filter((each) => !asAdmin.includes(each))
          .map((each) => each.name),
        [],
      );
    });

    it(`lets the deployer hold each team's owner, and grant what it made alone: ${name}`, async () => {
      const { resources } = await programOf(name);
      const made = resources.filter(({ type }) => type === "snowflake:index/accountRole:AccountRole");
      const holders = (role: unknown) =>
        resources
          .filter(({ inputs, type }) => type.endsWith(":GrantAccountRole") && inputs.roleName === role)
          .map(({ inputs }) => inputs.parentRoleName);
      const owners = made.filter((each) => each.name.endsWith("-role-owner"));
      assert.equal(owners.length, stacks.teams.length);
      for (const { inputs } of owners) {
        assert.deepEqual(holders(inputs.name).sort(), [deployerRole, "SYSADMIN"].sort());
      }
      const names = new Set(made.map(({ inputs }) => inputs.name));
      assert.deepEqual(
        resources
          .filter(({ type, inputs }) => type.endsWith(":GrantAccountRole") && !names.has(inputs.roleName))
          .map((each) => each.name),
        [],
      );
    });

    it(`lets the deployer into an adopted database, whose owner it is not: ${name}`, () => {
      const teams = stacks.teams.map((team, at) =>
        at === 0
          ? { ...team, adopt: { [name]: { database: "OLD_DWH" }, other: { database: "ELSE" } } }
          : team,
      );
      const more = planSnowflakeStatements(site, teams).filter((each) => !statements.includes(each));
      assert.deepEqual(more, [
        'GRANT CREATE SCHEMA, MODIFY, MONITOR, USAGE ON DATABASE "OLD_DWH" TO ROLE FIRN_DEPLOYER',
      ]);
    });

    it(`gives a preview no privilege, and nobody a password: ${name}`, () => {
      const all = planSnowflakeStatements(site, stacks.teams);
      assert.deepEqual(
        all.filter((each) => /^GRANT .* TO (ROLE FIRN_PREVIEWER|USER \w+_PREVIEW)$/.test(each)),
        [`GRANT ROLE FIRN_PREVIEWER TO USER ${name.toUpperCase()}_FIRN_PREVIEW`],
      );
      assert.doesNotMatch(all.join("\n"), /PASSWORD|RSA_PUBLIC_KEY|TO ROLE PUBLIC/);
    });
  }
});
