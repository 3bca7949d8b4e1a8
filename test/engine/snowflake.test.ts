/** The stand-in for the Snowflake provider under the real engine, with a program of every kind of thing Firn makes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingEngine, openProject, type Project } from "../support/engine.ts";
import { skipUnless } from "../support/skips.ts";
import { readSchema } from "../support/snowflake-provider/schema.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
const config = new pulumi.Config();
const provider = new snowflake.Provider("snowflake", {
  organizationName: "EXAMPLE", accountName: "TEST",
  previewFeaturesEnabled: config.getBoolean("flagless") ? [] : ["snowflake_storage_integration_resource", "snowflake_stage_resource"],
});
const to = { provider };
const database = new snowflake.Database("db", { name: "DB" }, { ...to, protect: config.getBoolean("protect") ?? false });
const schema = new snowflake.Schema("raw", { name: "RAW", database: "DB", isTransient: config.get("transient") ?? "true" }, { ...to, dependsOn: [database] });
new snowflake.Warehouse("elt", {
  name: config.get("warehouse") ?? "ELT", warehouseSize: config.get("size") ?? "X-SMALL", autoSuspend: config.getNumber("suspend") ?? 60,
}, to);
const role = new snowflake.AccountRole("reader", { name: "READER" }, to);
new snowflake.GrantPrivilegesToAccountRole("usage", {
  accountRoleName: "READER", privileges: ["USAGE"], onSchema: { schemaName: '"DB"."RAW"' },
}, { ...to, dependsOn: [role, schema] });
const user = new snowflake.ServiceUser("loader", { name: "LOADER", loginName: config.get("login") ?? "a-login-to-hide" }, to);
new snowflake.GrantAccountRole("loader", { roleName: role.name, userName: user.name }, to);
const integration = new snowflake.StorageIntegration("lake", {
  name: "LAKE", storageProvider: "S3", storageAllowedLocations: ["s3://lake/"], storageAwsRoleArn: "arn:aws:iam::000000000000:role/snowflake",
}, to);
new snowflake.Stage("lake", { name: "LAKE", database: "DB", schema: "RAW", url: "s3://lake/", storageIntegration: integration.name }, { ...to, dependsOn: [schema] });
new snowflake.Execute("identity", {
  execute: "ALTER USER LOADER SET COMMENT = '" + (config.get("comment") ?? "first") + "'", revert: "ALTER USER LOADER UNSET COMMENT",
}, { ...to, dependsOn: [user] });
export const trusted = integration.storageAwsIamUserArn;
`;

describe("the life of a stack in the stand-in for Snowflake", () => {
  let project: Project;
  before(async function () {
    const missing = missingEngine();
    skipUnless.call(this, missing === undefined, missing ?? "");
    project = await openProject();
    project.write("infra/main.js", program);
    await project.init("dev");
  });
  after(() => project?.close());
  const set = (name: string, value: string) => project.must(["config", "set", "--stack", "dev", name, value]);
  /** Runs it with these set, and without them again whatever comes of it. */
  const given = async <T>(config: Record<string, string>, of: () => Promise<T>): Promise<T> => {
    for (const [name, value] of Object.entries(config)) await set(name, value);
    try {
      return await of();
    } finally {
      for (const name of Object.keys(config)) await project.must(["config", "rm", "--stack", "dev", name]);
    }
  };
  const done = (steps: { op: string; name: string }[]) =>
    steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`);

  it("judges by a schema of which the unit tests' excerpt is a part", () => {
    const whole = readSchema(process.env.FIRN_SNOWFLAKE_SCHEMA ?? "");
    const excerpt = JSON.parse(
      readFileSync(join(import.meta.dirname, "../support/snowflake-provider/excerpt.json"), "utf8"),
    );
    const partOf = (part: unknown, all: unknown, path: string): void => {
      if (Array.isArray(part)) {
        assert.deepEqual(
          part.filter((each) => !(all as unknown[] | undefined)?.includes(each)),
          [],
          path,
        );
      } else if (typeof part === "object" && part !== null) {
        for (const [name, value] of Object.entries(part)) {
          partOf(value, (all as Record<string, unknown>)?.[name], `${path}.${name}`);
        }
      } else {
        assert.equal(part, all, path);
      }
    };
    partOf(excerpt, whole, "schema");
  });

  it("refuses what its flag does not allow, and a value it does not know", async () => {
    const flagless = await given({ flagless: "true" }, () => project.pulumi(["preview", "--stack", "dev"]));
    assert.notEqual(flagless.code, 0);
    assert.match(flagless.text, /must be enabled by adding snowflake_(stage|storage_integration)_resource/);
    const huge = await given({ size: "HUGE" }, () => project.pulumi(["preview", "--stack", "dev"]));
    assert.notEqual(huge.code, 0);
    assert.match(huge.text, /warehouseSize: expected one of XSMALL/);
  });

  it("makes all of it, then finds nothing to do and no drift", async () => {
    const up = await project.apply("up", "dev");
    assert.equal(up.code, 0, up.text);
    assert.deepEqual(Object.keys(project.snowflake().objects).length, 10);
    assert.match(up.text, /trusted: "arn:aws:iam::\d{12}:user/);
    assert.equal((await project.apply("up", "dev", "--expect-no-changes")).code, 0);
    assert.equal((await project.apply("refresh", "dev", "--expect-no-changes")).code, 0);
  });

  it("keeps secret in the state what the schema calls secret", async () => {
    const { out } = await project.must(["stack", "export", "--stack", "dev"]);
    assert.equal(out.includes("a-login-to-hide"), false);
    assert.match(out, /"ciphertext"/);
  });

  it("updates in place, replaces, and reverts a statement only after its successor ran", async () => {
    await set("suspend", "120");
    await set("transient", "false");
    await set("comment", "second");
    const { steps, code, text } = await project.apply("up", "dev");
    assert.equal(code, 0, text);
    const changes = done(steps);
    for (const change of [
      "update elt",
      "delete-replaced raw",
      "create-replacement raw",
      "create-replacement identity",
    ]) {
      assert.ok(changes.includes(change), `${change} is not among ${changes.join(", ")}`);
    }
    assert.ok(changes.indexOf("delete-replaced raw") < changes.indexOf("create-replacement raw"));
    const { history } = project.snowflake();
    assert.ok(
      history.indexOf("ALTER USER LOADER UNSET COMMENT") >
        history.indexOf("ALTER USER LOADER SET COMMENT = 'second'"),
    );
  });

  it("sees what someone changed or dropped by hand, and puts it back", async () => {
    const contents = project.snowflake();
    const warehouse = contents.objects['snowflake:index/warehouse:Warehouse "ELT"'];
    assert.ok(warehouse);
    warehouse.inputs.autoSuspend = 3_600;
    delete contents.objects['snowflake:index/grantAccountRole:GrantAccountRole "READER"|USER|"LOADER"'];
    project.setSnowflake(contents);
    assert.notEqual((await project.apply("refresh", "dev", "--expect-no-changes")).code, 0);
    const { steps } = await project.apply("up", "dev");
    assert.deepEqual(done(steps).sort(), ["create loader", "update elt"]);
    assert.equal(
      project.snowflake().objects['snowflake:index/warehouse:Warehouse "ELT"']?.inputs.autoSuspend,
      120,
    );
  });

  it("refuses to destroy what is protected, and then deletes all", async () => {
    const refused = await given({ protect: "true" }, async () => {
      assert.equal((await project.apply("up", "dev")).code, 0);
      return project.apply("destroy", "dev");
    });
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, /protected/);
    assert.equal((await project.apply("up", "dev")).code, 0);
    const destroyed = await project.apply("destroy", "dev");
    assert.equal(destroyed.code, 0, destroyed.text);
    assert.deepEqual(project.snowflake().objects, {});
  });
});
