import assert from "node:assert/strict";
import type { Team } from "#firn";
import { openProviders } from "#infra/providers";
import type { Scope } from "#infra/scope";
import { SnowflakeTeam } from "#infra/snowflake/component";
import { planSnowflake } from "#infra/snowflake/plan";
import { grantShares } from "#infra/snowflake/sharing/component";
import { programOf, type Registered, registeredBy } from "../program.ts";
import { environmentOf, scopeOf, scopesOf, teamOf } from "./support.ts";

/** What teams register in Snowflake, without the rest of the program. */
async function registered(scopes: Scope[]): Promise<Registered[]> {
  const [first] = scopes;
  if (!first) throw new Error("no team");
  const { resources } = await registeredBy("prod", () => {
    const { aws, snowflake, snowflakeAdmin: admin } = openProviders(first);
    const teams = scopes.map(
      (scope) =>
        new SnowflakeTeam(
          `${scope.team.name}-snowflake`,
          { scope, plan: planSnowflake(scope), admin },
          { providers: [aws, snowflake] },
        ),
    );
    grantShares(scopes, teams, { provider: snowflake });
  });
  return resources;
}

/** A resource of a vendor's, not a component of ours. */
const of = (type: string) => (resource: Registered) =>
  resource.type.includes("/") && resource.type.endsWith(`:${type}`);

function only(resources: Registered[], type: string, name?: string): Registered {
  const [found, ...others] = resources.filter((each) => of(type)(each) && (!name || each.name === name));
  assert.ok(found && others.length === 0, `${others.length + (found ? 1 : 0)} of ${type} ${name ?? ""}`);
  return found;
}

describe("a team in Snowflake", () => {
  let made: Registered[];
  before(async () => {
    made = await registered([scopeOf()]);
  });

  it("has its integration, the role it takes and its stage in one go, whatever comes first", () => {
    const [integration, role, stage] = [
      only(made, "StorageIntegration"),
      only(made, "Role"),
      only(made, "Stage"),
    ];
    assert.equal(
      integration.inputs.storageAwsRoleArn,
      "arn:aws:iam::333333333333:role/firn-prod-shop-snowflake",
    );
    assert.equal(role.inputs.name, "firn-prod-shop-snowflake");
    const raw = "s3://firn-prod-shop-raw-333333333333-eu-west-1/raw/";
    assert.deepEqual(integration.inputs.storageAllowedLocations, [raw]);
    assert.equal(stage.inputs.url, raw);
    // The trust is what the integration said: exactly its user, for exactly its external id.
    assert.ok(role.propertyDependencies.assumeRolePolicy?.includes(integration.urn));
    const trust = JSON.parse(String(role.inputs.assumeRolePolicy));
    assert.deepEqual(trust.Statement, [
      {
        Sid: "TrustIntegration",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::999999999999:user/snowflake" },
        Action: ["sts:AssumeRole"],
        Condition: { StringEquals: { "sts:ExternalId": "EXAMPLE_SFCRole=1_external" } },
      },
    ]);
    assert.ok(stage.dependencies.includes(only(made, "RolePolicy").urn), "a stage that can read");
    assert.ok(stage.propertyDependencies.storageIntegration?.includes(integration.urn));
  });

  it("lets Snowflake read what lies under raw/, and write nothing", () => {
    const policy = JSON.parse(String(only(made, "RolePolicy").inputs.policy));
    const actions = policy.Statement.flatMap((each: { Action: string[] }) => each.Action);
    assert.deepEqual(actions.sort(), [
      "kms:Decrypt",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "s3:ListBucket",
    ]);
    for (const { Action, Resource, Condition } of policy.Statement) {
      if (Action.includes("s3:GetObject")) assert.deepEqual(Resource, [`${bucket}/raw/*`]);
      if (Action.includes("s3:ListBucket"))
        assert.deepEqual([Resource, Condition], [[bucket], { StringLike: { "s3:prefix": "raw/*" } }]);
      if (Action.includes("kms:Decrypt"))
        assert.deepEqual(Condition["ForAnyValue:StringEquals"], {
          "kms:ResourceAliases": "alias/firn-prod-shop",
        });
    }
  });

  it("has schemas with managed access and one owner, of which raw alone is transient", () => {
    const schemas = made.filter(of("Schema"));
    assert.deepEqual(
      schemas.map(({ inputs }) => [
        inputs.name,
        inputs.isTransient,
        inputs.withManagedAccess,
        inputs.dataRetentionTimeInDays,
      ]),
      [
        ["RAW", "true", "true", 1],
        ["SILVER", "false", "true", 30],
        ["GOLD", "false", "true", 30],
        ["QUARANTINE", "false", "true", 30],
        ["LEDGER", "false", "true", 30],
      ],
    );
    const owned = made.filter(of("GrantOwnership")).map(({ inputs }) => [inputs.accountRoleName, inputs.on]);
    for (const { inputs } of schemas)
      assert.ok(
        owned.some(
          ([role, on]) =>
            role === "PROD_SHOP_OWNER" &&
            (on as { objectName?: string }).objectName === `"PROD_SHOP"."${String(inputs.name)}"`,
        ),
        String(inputs.name),
      );
  });

  it("is given in schemas only once they are their owner's, whose role the deployer then holds", () => {
    const owner = only(made, "GrantOwnership", "shop-schema-gold-owner");
    const writes = only(made, "GrantPrivilegesToAccountRole", "shop-writer-on-schema-gold");
    assert.ok(writes.dependencies.includes(owner.urn));
    const held = only(made, "GrantAccountRole", "shop-role-owner-to-firn_deployer");
    assert.ok(only(made, "Schema", "shop-schema-gold").dependencies.includes(held.urn));
  });

  it("has warehouses and monitors of ACCOUNTADMIN's, who alone may join them, and all else of the deployer's", () => {
    for (const each of made.filter(({ type }) => type.startsWith("snowflake:index/"))) {
      const byAdmin = of("Warehouse")(each) || of("ResourceMonitor")(each);
      assert.equal(each.provider.includes("snowflake-admin-prod"), byAdmin, each.name);
    }
    const elt = only(made, "Warehouse", "shop-warehouse-elt");
    assert.ok(elt.dependencies.includes(only(made, "ResourceMonitor").urn));
    assert.deepEqual(
      [elt.inputs.autoResume, elt.inputs.initiallySuspended, elt.inputs.warehouseSize],
      ["true", true, "X-SMALL"],
    );
  });

  it("has monitors that nothing changes from one day to the next", () => {
    const { inputs } = only(made, "ResourceMonitor");
    assert.deepEqual(inputs, {
      name: "PROD_SHOP_MONITOR",
      creditQuota: 200,
      notifyTriggers: [50, 80, 100],
      suspendTrigger: 100,
      suspendImmediateTrigger: 110,
    });
  });

  it("has users without passwords, whose other roles stay asleep", () => {
    const user = only(made, "ServiceUser");
    assert.equal(user.inputs.defaultSecondaryRolesOption, "NONE");
    const identity = only(made, "Execute");
    assert.ok(identity.dependencies.includes(user.urn));
    assert.ok(identity.deleteBeforeReplace, "or the old identity's end would end the new one");
    assert.deepEqual(user.ignoreChanges, []);
  });

  it("protects and keeps in production what holds data or is the way to it, until the team is retired", async () => {
    const holding = ["Database", "Schema", "StorageIntegration"];
    const kept = (resources: Registered[]) => [
      ...new Set(
        resources.filter((each) => each.protect && each.retainOnDelete).map(({ type }) => type.split(":")[2]),
      ),
    ];
    assert.deepEqual(kept(made).sort(), holding);
    assert.deepEqual(kept(await registered([scopeOf({ retired: true })])), []);
    assert.deepEqual(kept(await registered([scopeOf({}, environmentOf({ production: false }))])), []);
  });

  it("takes over what is adopted, and grants on what it holds already", async () => {
    const adopt = { prod: { database: "SHOP_DWH", warehouses: { elt: "LOADING_WH" } } } as const;
    const adopted = await registered([scopeOf({ adopt })]);
    const database = only(adopted, "Database");
    assert.deepEqual([database.importId, database.inputs.name], ['"SHOP_DWH"', "SHOP_DWH"]);
    assert.equal(database.inputs.dropPublicSchemaOnCreation, false);
    assert.equal(only(adopted, "Warehouse", "shop-warehouse-elt").importId, '"LOADING_WH"');
    const standing = adopted.filter(({ name }) => name.endsWith("-standing"));
    assert.ok(standing.some(({ name }) => name === "shop-writer-on-future-table-silver-standing"));
    assert.ok(made.every(({ name, importId }) => !name.endsWith("-standing") && importId === ""));
  });

  it("leaves the keys of a key pair to who turns them over", async () => {
    const resources = await registered([scopeOf({ signIn: "key_pair" })]);
    const user = only(resources, "ServiceUser");
    assert.deepEqual(user.ignoreChanges, ["rsaPublicKey", "rsaPublicKey2"]);
    assert.ok(!("rsaPublicKey" in user.inputs), "no key comes near Pulumi");
    assert.deepEqual(resources.filter(of("Execute")), []);
  });

  it("is let into another team's gold after both stand", async () => {
    const teams: Team[] = [
      teamOf("web", { grants: [{ to: "shop", models: ["visits"] }] }),
      teamOf("shop", { grants: [{ to: "web", models: ["revenue"] }] }),
    ];
    const resources = await registered(scopesOf(teams));
    const [database, gold, ...others] = [
      ...resources.filter(({ name }) => name.startsWith("shop-writer-on-database-prod_web")),
      ...resources.filter(({ name }) => name.startsWith("shop-writer-on-schema-prod_web")),
    ];
    assert.ok(database && gold && others.length === 0);
    const { accountRoleName, privileges, onAccountObject } = database.inputs;
    assert.deepEqual([accountRoleName, privileges], ["PROD_SHOP_WRITER", ["USAGE"]]);
    assert.deepEqual(onAccountObject, { objectType: "DATABASE", objectName: "PROD_WEB" });
    assert.deepEqual(gold.inputs.onSchema, { schemaName: '"PROD_WEB"."GOLD"' });
    const webGold = only(resources, "Schema", "web-schema-gold");
    const shopWriter = only(resources, "AccountRole", "shop-role-writer");
    for (const { dependencies } of [database, gold])
      assert.ok(dependencies.includes(webGold.urn) && dependencies.includes(shopWriter.urn));
    const procedure = only(resources, "ProcedureSql", "web-share-gold");
    assert.deepEqual([procedure.inputs.executeAs, procedure.deleteBeforeReplace], ["OWNER", true]);
    const owner = only(resources, "GrantOwnership", "web-share-gold-owner");
    assert.equal(owner.inputs.accountRoleName, "PROD_WEB_OWNER");
  });
});

describe("the program's part in Snowflake", () => {
  for (const stack of ["dev", "staging", "prod", "large"])
    it(`names each resource after its team, grants nothing to PUBLIC, and sets no password: ${stack}`, async () => {
      const { resources } = await programOf(stack);
      const snowflakes = resources.filter(({ type }) => type.startsWith("snowflake:index/"));
      assert.ok(snowflakes.length > 100);
      assert.equal(new Set(snowflakes.map(({ type, name }) => `${type} ${name}`)).size, snowflakes.length);
      for (const { name, inputs } of snowflakes) {
        assert.match(name, /^(commerce|learning)-/);
        assert.doesNotMatch(JSON.stringify(inputs), /"PUBLIC"|password|privateKey/i, name);
      }
    });
});

const bucket = "arn:aws:s3:::firn-prod-shop-raw-333333333333-eu-west-1";
