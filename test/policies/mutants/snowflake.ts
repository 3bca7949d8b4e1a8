/** For each rule of Snowflake, and of credentials anywhere, how it is broken. */
import { adding, type Mutant, setting } from "./mutant.ts";

const warehouse = "snowflake:index/warehouse:Warehouse";
const monitor = "snowflake:index/resourceMonitor:ResourceMonitor";
const database = "snowflake:index/database:Database";
const schema = "snowflake:index/schema:Schema";
const accountRole = "snowflake:index/accountRole:AccountRole";
const grant = "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole";
const roleGrant = "snowflake:index/grantAccountRole:GrantAccountRole";
const ownership = "snowflake:index/grantOwnership:GrantOwnership";
const execute = "snowflake:index/execute:Execute";
const integration = "snowflake:index/storageIntegration:StorageIntegration";
const stage = "snowflake:index/stage:Stage";
const mask = "snowflake:index/maskingPolicy:MaskingPolicy";

const isNotRaw = ({ props }: { props: Record<string, unknown> }) => props.isTransient !== "true";
/** A grant of one team's to a role of another. */
const across =
  (given: Record<string, unknown>): Mutant =>
  (registry) => {
    const to = registry.find(accountRole, ({ name }) => name.startsWith("commerce"));
    const owned = registry.find(database, ({ name }) => name.startsWith("learning"));
    registry.add(owned, grant, "mutant", { accountRoleName: to.props.name, ...given });
  };
const onBody =
  (change: (body: string) => string): Mutant =>
  (registry) => {
    const { props } = registry.find("snowflake:index/procedureSql:ProcedureSql");
    props.procedureDefinition = change(String(props.procedureDefinition));
  };
const tableOfLearning = (table: string) => ({
  onSchemaObject: { objectType: "TABLE", objectName: `"PROD_LEARNING"."GOLD"."${table}"` },
});

export const snowflakeMutants: Record<string, Mutant[]> = {
  "warehouse-suspends": [
    setting(warehouse, "autoSuspend", undefined),
    setting(warehouse, "autoSuspend", 0),
    setting(warehouse, "autoSuspend", 3600),
    setting(warehouse, "autoSuspend", 120, ({ name }) => /[-_]elt$/.test(name)),
  ],
  "warehouse-resumes": [
    setting(warehouse, "autoResume", "false"),
    setting(warehouse, "autoResume", undefined),
  ],
  "warehouse-starts-suspended": [setting(warehouse, "initiallySuspended", undefined)],
  "warehouse-monitored": [setting(warehouse, "resourceMonitor", undefined)],
  "warehouse-times-out": [
    setting(warehouse, "statementTimeoutInSeconds", undefined),
    setting(warehouse, "statementTimeoutInSeconds", 172_800),
    setting(warehouse, "statementQueuedTimeoutInSeconds", 0),
  ],
  "warehouse-size": [
    setting(warehouse, "warehouseSize", "4X-Large"),
    setting(warehouse, "warehouseSize", "XXXLARGE"),
    setting(warehouse, "warehouseSize", "Huge"),
  ],
  "warehouse-clusters": [
    setting(warehouse, "maxClusterCount", 11),
    (registry) => {
      Object.assign(registry.find(warehouse).props, { minClusterCount: 2, maxClusterCount: 2 });
    },
  ],
  "monitor-suspends": [
    setting(monitor, "creditQuota", 0),
    setting(monitor, "frequency", "NEVER"),
    setting(monitor, "startTimestamp", "IMMEDIATELY"),
    setting(monitor, "suspendTrigger", undefined),
    setting(monitor, "suspendImmediateTrigger", undefined),
  ],
  "service-users-only": [
    adding(accountRole, "snowflake:index/user:User", { name: "PROD_LEARNING_ANN" }),
    adding(accountRole, "snowflake:index/legacyServiceUser:LegacyServiceUser", { name: "PROD_LEARNING_OLD" }),
    adding(accountRole, "snowflake:index/serviceUser:ServiceUser", { rsaPublicKey: "MIIB" }),
  ],
  "execute-statements": [
    setting(execute, "execute", "GRANT ROLE ACCOUNTADMIN TO USER X"),
    setting(execute, "execute", "CREATE USER X TYPE = PERSON"),
    setting(execute, "revert", "DROP DATABASE PROD_LEARNING"),
    setting(execute, "revert", "DROP USER SOMEBODY_ELSE"),
    setting(execute, "query", "SELECT * FROM PROD_LEARNING.GOLD.PEOPLE"),
  ],
  "no-grant-to-public": [
    setting(grant, "accountRoleName", "PUBLIC"),
    setting(grant, "accountRoleName", '"PUBLIC"'),
    setting(roleGrant, "parentRoleName", "PUBLIC", ({ props }) => props.parentRoleName !== undefined),
  ],
  "no-broad-grants": [
    setting(grant, "privileges", ["OWNERSHIP"]),
    setting(grant, "privileges", ["ALL PRIVILEGES"]),
    setting(grant, "allPrivileges", true),
    setting(grant, "withGrantOption", true),
    (registry) => {
      const { props } = registry.find(grant);
      for (const on of ["onAccountObject", "onSchema", "onSchemaObject"]) delete props[on];
      props.onAccount = true;
    },
  ],
  "ownership-by-owners": [setting(ownership, "accountRoleName", "PROD_LEARNING_READER")],
  "no-grants-across-teams": [
    across({ privileges: ["SELECT"], ...tableOfLearning("SOMETHING_ELSE") }),
    across({ privileges: ["INSERT"], ...tableOfLearning("DAILY_ACTIVITY") }),
    across({ privileges: ["USAGE", "CREATE TABLE"], onSchema: { schemaName: '"PROD_LEARNING"."GOLD"' } }),
    across({
      privileges: ["SELECT"],
      onSchemaObject: { future: { objectTypePlural: "TABLES", inDatabase: "PROD_LEARNING" } },
    }),
    setting(roleGrant, "parentRoleName", "PROD_COMMERCE_READER", ({ parent, props }) => {
      return parent.includes("learning") && props.parentRoleName !== undefined;
    }),
  ],
  "schema-managed": [setting(schema, "withManagedAccess", undefined)],
  "transient-raw-only": [
    (registry) => {
      Object.assign(registry.find(schema, isNotRaw).props, {
        isTransient: "true",
        dataRetentionTimeInDays: 1,
      });
    },
    (registry) => {
      Object.assign(registry.find(database).props, { isTransient: true, dataRetentionTimeInDays: 1 });
    },
  ],
  "time-travel-bounded": [
    setting(schema, "dataRetentionTimeInDays", 91, isNotRaw),
    setting(schema, "dataRetentionTimeInDays", 0, isNotRaw),
    setting(schema, "dataRetentionTimeInDays", 2, ({ props }) => props.isTransient === "true"),
    setting(database, "dataRetentionTimeInDays", undefined),
  ],
  "masking-closed": [
    setting(mask, "body", "CASE WHEN CURRENT_ROLE() = 'X' AND IS_ROLE_IN_SESSION('X') THEN val ELSE '*' END"),
    setting(mask, "body", "CASE WHEN val = '' THEN val ELSE '*' END"),
    (registry) => {
      const { props } = registry.find(mask);
      const { name } = (props.arguments as { name: string }[])[0] ?? { name: "" };
      props.body = `CASE WHEN IS_ROLE_IN_SESSION('X') THEN '*' ELSE ${name} END`;
    },
  ],
  "integration-narrow": [
    setting(integration, "storageAllowedLocations", ["*"]),
    setting(integration, "storageAllowedLocations", ["s3://firn-prod-learning-raw/"]),
    setting(integration, "storageAllowedLocations", []),
    setting(integration, "storageAwsRoleArn", undefined),
  ],
  "stage-through-integration": [
    setting(stage, "storageIntegration", undefined),
    setting(stage, "credentials", "AWS_KEY_ID"),
  ],
  "network-policy-narrow": [
    adding(accountRole, "snowflake:index/networkPolicy:NetworkPolicy", { allowedIpLists: ["0.0.0.0/0"] }),
    adding(accountRole, "snowflake:index/networkPolicy:NetworkPolicy", { allowedIpLists: [] }),
  ],
  "procedure-shares-declared": [
    ...[
      (body: string) => body.replace('DAILY_ACTIVITY" TO', 'PEOPLE" TO'),
      (body: string) => body.replace("PROD_COMMERCE_WRITER", "PROD_FINANCE_WRITER"),
      (body: string) => body.replace('."GOLD".', '."SILVER".'),
      (body: string) => body.replace("END;", "EXECUTE IMMEDIATE MODEL; END;"),
      (body: string) => body.replace("END;", "DROP DATABASE PROD_LEARNING; END;"),
      (body: string) => body.replace("GRANT SELECT ON", "GRANT OWNERSHIP ON"),
    ].map((change) => onBody(change)),
    adding(accountRole, "snowflake:index/procedurePython:ProcedurePython", { procedureDefinition: "" }),
  ],
  "no-credentials-in-text": [
    setting("aws:s3/bucket:Bucket", "tags.Note", `AKIA${"IOSFODNN7EXAMPLE"}`),
    setting("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmDescription", [
      "See https://example.com/RUNBOOK.md#lag, npx firn status.",
      `password: "correct horse"`,
    ]),
    setting(
      "aws:lambda/function:Function",
      "environment.variables.FIRN_SOURCE",
      "https://ann:secret1@example.com/",
    ),
    setting(
      "aws:sfn/stateMachine:StateMachine",
      "definition",
      `{"ApiKey":"9f86d081884c7d659a2feaa0c55ad015"}`,
    ),
    setting(database, "comment", "-----BEGIN PRIVATE KEY-----"),
    setting("pulumi:providers:aws", "accessKey", `ASIA${"IOSFODNN7EXAMPLE"}`),
  ],
};
