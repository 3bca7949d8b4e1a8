/** Of an excerpt of the published schema; test/engine holds the excerpt to the whole. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Account } from "./account.ts";
import { allowedValues } from "./check.ts";
import { idOf } from "./ids.ts";
import { StandIn } from "./provider.ts";
import { readSchema } from "./schema.ts";
import { isSecret, type Properties, secret, unknown } from "./values.ts";

const schema = readSchema(join(import.meta.dirname, "excerpt.json"));
const typeOf = (name: string) => `snowflake:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

describe("the stand-in for the Snowflake provider", () => {
  let folder: string;
  let standIn: StandIn;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "firn-snowflake-"));
    standIn = new StandIn(schema, new Account(join(folder, "account.json")));
    standIn.configure({ previewFeaturesEnabled: '["snowflake_storage_integration_resource"]' });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const refusals = (name: string, inputs: Properties) =>
    standIn
      .check(typeOf(name), {}, inputs, "auto")
      .failures.map(({ property, reason }) => `${property} ${reason}`);
  const create = (name: string, inputs: Properties) =>
    standIn.create({ type: typeOf(name), urn: `urn:pulumi:dev::firn::${typeOf(name)}::it` }, inputs, false);

  it("refuses a wrong type, at any depth", () => {
    assert.deepEqual(refusals("Warehouse", { name: "W", autoSuspend: "60" }), [
      'autoSuspend must be of type integer, and is string "60"',
    ]);
    assert.deepEqual(refusals("Warehouse", { name: "W", autoSuspend: 1.5 }), [
      "autoSuspend must be of type integer, and is number 1.5",
    ]);
    assert.deepEqual(
      refusals("GrantPrivilegesToAccountRole", {
        accountRoleName: "R",
        privileges: ["SELECT"],
        onSchemaObject: { future: { objectTypePlural: "TABLES", inDatabase: 5 } },
      }),
      ["onSchemaObject.future.inDatabase must be of type string, and is number 5"],
    );
    assert.deepEqual(
      refusals("StorageIntegration", {
        name: "I",
        storageProvider: "S3",
        storageAllowedLocations: "s3://x/",
      }),
      ['storageAllowedLocations must be an array, and is string "s3://x/"'],
    );
  });

  it("refuses a required property that is missing, at any depth", () => {
    assert.deepEqual(refusals("Schema", { name: "RAW" }), ["database is required, and was not given"]);
    assert.deepEqual(
      refusals("GrantPrivilegesToAccountRole", {
        accountRoleName: "R",
        privileges: ["USAGE"],
        onAccountObject: { objectType: "DATABASE" },
      }),
      ["onAccountObject.objectName is required, and was not given"],
    );
  });

  it("refuses a property that the provider does not know", () => {
    assert.deepEqual(refusals("Warehouse", { name: "W", generation: "2" }), [
      "generation is no property the provider knows",
    ]);
    assert.deepEqual(refusals("Warehouse", { name: "W", constructor: "2" }), [
      "constructor is no property the provider knows",
    ]);
  });

  it("refuses a value that the description does not list, in its own case where case counts", () => {
    assert.match(
      refusals("Warehouse", { name: "W", warehouseSize: "HUGE" })[0] ?? "",
      /expected one of XSMALL, X-SMALL/,
    );
    assert.deepEqual(refusals("Warehouse", { name: "W", warehouseSize: "x-small" }), []);
    assert.match(
      refusals("Warehouse", { name: "W", autoResume: "yes" })[0] ?? "",
      /expected one of true, false/,
    );
    assert.deepEqual(refusals("Database", { name: "D", logLevel: "LOUD" }), [
      'logLevel expected one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, OFF, and is "LOUD"',
    ]);
  });

  it("refuses a preview resource whose flag is not set, and a flag of another", () => {
    const inputs = { name: "I", storageProvider: "S3", storageAllowedLocations: ["s3://x/"] };
    assert.deepEqual(refusals("StorageIntegration", inputs), []);
    standIn.configure({});
    assert.match(
      refusals("StorageIntegration", inputs)[0] ?? "",
      /snowflake_storage_integration_resource is currently a preview/,
    );
    standIn.configure({ previewFeaturesEnabled: ["snowflake_stage_resource"] });
    assert.match(refusals("StorageIntegration", inputs)[0] ?? "", /previewFeaturesEnabled/);
    assert.deepEqual(refusals("Database", { name: "D" }), []);
  });

  it("refuses a grant on nothing, on two things, and of no privilege", () => {
    const grant = { accountRoleName: "R", privileges: ["USAGE"] };
    const onAccountObject = { objectType: "DATABASE", objectName: "D" };
    assert.match(refusals("GrantPrivilegesToAccountRole", grant)[0] ?? "", /must be given, and 0 are/);
    assert.match(
      refusals("GrantPrivilegesToAccountRole", { ...grant, onAccount: true, onAccountObject })[0] ?? "",
      /must be given, and 2 are/,
    );
    assert.match(
      refusals("GrantPrivilegesToAccountRole", { accountRoleName: "R", onAccountObject })[0] ?? "",
      /one of privileges, allPrivileges/,
    );
    assert.deepEqual(refusals("GrantPrivilegesToAccountRole", { ...grant, onAccountObject }), []);
  });

  it("lets through what a preview cannot know, and judges what a secret holds", () => {
    assert.deepEqual(refusals("Warehouse", { name: unknown, autoSuspend: unknown }), []);
    assert.deepEqual(refusals("Warehouse", { name: "W", autoSuspend: secret("60") }), [
      'autoSuspend must be of type integer, and is string "60"',
    ]);
  });

  it("refuses a configuration of the provider that its schema does not know", () => {
    assert.deepEqual(standIn.checkConfig({ organizationName: "O", clientTimeout: "30" }), []);
    assert.deepEqual(
      standIn.checkConfig({ organisationName: "O", previewFeaturesEnabled: "[1]", version: "1.3.0" }),
      [
        { property: "organisationName", reason: "is no property the provider knows" },
        { property: "previewFeaturesEnabled[0]", reason: "must be of type string, and is number 1" },
      ],
    );
  });

  it("replaces where the schema says so, and updates otherwise", () => {
    const changes = (name: string, olds: Properties, news: Properties) =>
      standIn
        .diff(typeOf(name), olds, news)
        .changes.map(({ property, replaces }) => `${property}${replaces ? "!" : ""}`);
    assert.deepEqual(changes("Warehouse", { name: "W", autoSuspend: 60 }, { name: "W", autoSuspend: 300 }), [
      "autoSuspend",
    ]);
    assert.deepEqual(changes("Schema", { name: "S", database: "A" }, { name: "S", database: "B" }), [
      "database!",
    ]);
    assert.deepEqual(changes("Execute", { execute: "A", revert: "B" }, { execute: "C", revert: "B" }), [
      "execute!",
    ]);
    assert.deepEqual(changes("Execute", { execute: "A", revert: "B" }, { execute: "A", revert: "C" }), [
      "revert",
    ]);
    assert.deepEqual(
      changes(
        "GrantPrivilegesToAccountRole",
        { onAccountObject: { objectType: "DATABASE", objectName: "A" } },
        { onAccountObject: { objectType: "DATABASE", objectName: "B" } },
      ),
      ["onAccountObject.objectName!"],
    );
    assert.deepEqual(changes("Warehouse", { name: secret("W"), comment: null }, { name: "W" }), []);
  });

  it("deletes before it replaces what has a name of its own, and not what it named itself", () => {
    const named = standIn.check(typeOf("Schema"), {}, { name: "S", database: "A" }, "auto").inputs;
    assert.equal(standIn.diff(typeOf("Schema"), named, named).deletesFirst, true);
    const unnamed = standIn.check(typeOf("Schema"), {}, { database: "A" }, "it-1234567").inputs;
    assert.equal(unnamed.name, "it-1234567");
    assert.equal(
      standIn.check(typeOf("Schema"), unnamed, { database: "A" }, "it-7654321").inputs.name,
      "it-1234567",
    );
    assert.equal(standIn.diff(typeOf("Schema"), unnamed, unnamed).deletesFirst, false);
  });

  it("keeps what it makes: it is read back, changed, and gone when it was deleted", () => {
    const { id, state } = create("Warehouse", { name: "W", autoSuspend: 60 });
    assert.equal(id, '"W"');
    assert.equal(state.fullyQualifiedName, '"W"');
    assert.deepEqual(standIn.read(typeOf("Warehouse"), id, {})?.inputs, {
      name: "W",
      autoSuspend: 60,
      __defaults: [],
    });
    standIn.update({ type: typeOf("Warehouse"), urn: "" }, id, state, { name: "W", autoSuspend: 300 }, false);
    assert.equal(standIn.read(typeOf("Warehouse"), id, {})?.state.autoSuspend, 300);
    assert.throws(() => create("Warehouse", { name: "W" }), /Object '"W"' already exists/);
    standIn.delete(typeOf("Warehouse"), id, state);
    assert.equal(standIn.read(typeOf("Warehouse"), id, {}), undefined);
  });

  it("makes nothing in a preview, and says what only an update will know", () => {
    const { state } = standIn.create(
      { type: typeOf("StorageIntegration"), urn: "" },
      { name: "I", storageProvider: "S3", storageAllowedLocations: [] },
      true,
    );
    assert.equal(state.storageAwsIamUserArn, unknown);
    assert.deepEqual(standIn.account.read().objects, {});
  });

  it("tells the user and the external id that a storage integration's role must trust", () => {
    const { state } = create("StorageIntegration", {
      name: "I",
      storageProvider: "S3",
      storageAllowedLocations: [],
    });
    assert.match(String(state.storageAwsIamUserArn), /^arn:aws:iam::\d{12}:user\//);
    assert.match(String(state.storageAwsExternalId), /_SFCRole=2_/);
  });

  it("refuses what needs something that is not there yet", () => {
    assert.throws(
      () => create("Schema", { name: "S", database: "D" }),
      /Database 'D' does not exist or not authorized/,
    );
    create("Database", { name: "D" });
    create("Schema", { name: "S", database: "D" });
    const grant = { accountRoleName: '"R"', privileges: ["USAGE"], onSchema: { schemaName: '"D"."S"' } };
    assert.throws(() => create("GrantPrivilegesToAccountRole", grant), /Role 'R' does not exist/);
    const role = create("AccountRole", { name: "R" });
    const { id, state } = create("GrantPrivilegesToAccountRole", grant);
    standIn.delete(typeOf("AccountRole"), role.id, role.state);
    assert.throws(
      () => standIn.delete(typeOf("GrantPrivilegesToAccountRole"), id, state),
      /Role 'R' does not exist/,
    );
    assert.throws(
      () => create("GrantAccountRole", { roleName: "SYSADMIN", userName: "U" }),
      /User 'U' does not exist/,
    );
    create("Execute", { execute: 'CREATE USER IF NOT EXISTS "U" TYPE = SERVICE', revert: 'DROP USER "U"' });
    create("GrantAccountRole", { roleName: "SYSADMIN", userName: "U" });
  });

  it("runs a statement when it is made and its other half when it is deleted", () => {
    const { id, state } = create("Execute", { execute: "CREATE USER U", revert: "DROP USER U" });
    standIn.delete(typeOf("Execute"), id, state);
    assert.deepEqual(standIn.account.read().history, ["CREATE USER U", "DROP USER U"]);
  });

  it("keeps a secret one, and makes one of what the schema calls secret", () => {
    const { state } = create("Warehouse", { name: "W", resourceMonitor: secret("") });
    assert.ok(isSecret(state.resourceMonitor));
    const { id, state: user } = create("ServiceUser", { name: "U", loginName: "ann" });
    assert.ok(isSecret(user.loginName));
    const read = standIn.read(typeOf("ServiceUser"), id, { loginName: secret("ann") });
    assert.ok(isSecret(read?.inputs.loginName) && isSecret(read?.state.loginName));
  });

  it("gives the ids of the provider's import instructions", () => {
    const ids: [string, Properties, string][] = [
      ["Schema", { name: "S", database: "D" }, '"D"."S"'],
      ["MaskingPolicy", { name: "P", database: "D", schema: "S" }, '"D"."S"."P"'],
      ["Stage", { name: "T", database: "D", schema: "S" }, "D|S|T"],
      ["StorageIntegration", { name: "I" }, "I"],
      ["GrantAccountRole", { roleName: "R", parentRoleName: '"P"' }, '"R"|ROLE|"P"'],
    ];
    for (const [name, inputs, id] of ids) assert.equal(idOf(typeOf(name), inputs, "urn"), id);
    assert.throws(() => idOf(typeOf("UserPasswordPolicyAttachment"), {}, "urn"), /knows no id/);
  });

  it("reads the lists of values that descriptions hold", () => {
    assert.deepEqual(allowedValues("Valid options are: [ALWAYS ON*EVENT OFF]. For").values, [
      "ALWAYS",
      "ON_EVENT",
      "OFF",
    ]);
    assert.deepEqual(
      allowedValues(
        "Available options are: REVOKE for removing existing privileges and COPY to transfer them",
      ).values,
      ["REVOKE", "COPY"],
    );
    assert.deepEqual(allowedValues("Valid values are those in [object types](https://docs").values, []);
  });
});
