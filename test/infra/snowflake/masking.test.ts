import assert from "node:assert/strict";
import type { ColumnType } from "#core/columns";
import { maskName } from "#core/names";
import { planMasks, snowflakeType } from "#infra/snowflake/masking/plan";
import { planShares } from "#infra/snowflake/sharing/plan";
import { planTags } from "#infra/snowflake/tags/plan";
import { snowflake } from "#sql/snowflake";
import { assertSnowflake } from "../../sql/snapshots.ts";
import { environmentOf, scopeOf, scopesOf, teamOf } from "./support.ts";

const types: ColumnType[] = [
  "text",
  "integer",
  "float",
  "boolean",
  "date",
  "timestamp",
  "json",
  "decimal(12,2)",
];
const [pipeline] = teamOf("shop").pipelines;
const everyType = {
  pipelines: [
    {
      ...pipeline,
      columns: {
        ...pipeline?.columns,
        ...Object.fromEntries(types.map((type, at) => [`masked_${at}`, { type, pii: "mask" as const }])),
      },
    },
  ],
} as NonNullable<Parameters<typeof scopeOf>[0]>;

describe("masking policies", () => {
  it("are one for each type of a masked column, of exactly the type that silver has", () => {
    const masks = planMasks(scopeOf(everyType));
    assert.deepEqual(
      masks.map(({ name, type }) => [name, type]),
      types.map((type) => [maskName(type).toUpperCase(), snowflake.type(type)]),
    );
    for (const type of types) assert.equal(snowflakeType(type), snowflake.type(type));
  });

  it("are named as the runtime's CREATE TABLE names them", () => {
    const masks = planMasks(scopeOf(everyType));
    const sql = snowflake.createTable(
      { schema: "silver", name: "t" },
      types.map((type, at) => ({ name: `c${at}`, type, mask: "ledger" })),
    );
    const named = [...sql.matchAll(/MASKING POLICY "LEDGER"\."(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(
      named,
      masks.map(({ name }) => name),
    );
  });

  it("show clear text to the loader and the declared roles, and to nobody else", () => {
    const [text, number] = planMasks(scopeOf({ ...everyType, clearTextRoles: ["STEWARDS", "AUDIT"] }));
    assert.equal(
      text?.body,
      "CASE WHEN IS_ROLE_IN_SESSION('PROD_SHOP_LOADER') OR IS_ROLE_IN_SESSION('STEWARDS') OR IS_ROLE_IN_SESSION('AUDIT') THEN VAL ELSE '***' END",
    );
    assert.match(number?.body ?? "", / THEN VAL ELSE NULL END$/);
    for (const { body } of planMasks(scopeOf(everyType))) assertSnowflake(`SELECT ${body} FROM t`);
  });

  it("hide what nobody declared, even where no column is masked", () => {
    assert.deepEqual(
      planMasks(scopeOf()).map(({ name }) => name),
      ["MASK_TEXT"],
    );
  });

  it("never show clear text to who builds or reads gold, which has no masks", () => {
    const refused = (role: string) => () =>
      planMasks(
        scopesOf([teamOf("shop", { clearTextRoles: ["STEWARDS", role] }), teamOf("web")])[0] ?? assert.fail(),
      );
    for (const role of ["PROD_SHOP_WRITER", "PROD_SHOP_READER", "PROD_WEB_LOADER", "PUBLIC"])
      assert.throws(refused(role), { code: "infra.config", message: new RegExp(`names ${role}\\.`) });
    assert.doesNotThrow(refused("AUDIT"));
  });

  it("and tags are none on edition standard, which has neither", () => {
    const cloud = environmentOf().cloud ?? assert.fail();
    const standard = environmentOf({
      snowflake: { ...cloud.snowflake, edition: "standard" },
      timeTravelDays: { raw: 0, silver: 1, gold: 1, ledger: 1 },
    });
    const scope = scopeOf({}, standard);
    assert.deepEqual([planMasks(scope), planTags(scope)], [[], []]);
    assert.equal(scope.release.release.names.masks, undefined);
    assert.equal(scopeOf().release.release.names.masks, "ledger");
  });
});

describe("gold that is shared", () => {
  const [shop] = scopesOf([
    teamOf("shop", {
      grants: [
        { to: "web", models: ["revenue", "customers"] },
        { to: "ads", models: ["revenue"] },
      ],
    }),
    teamOf("web"),
    teamOf("ads"),
  ]);
  const { body = "", signature = "" } = (shop && planShares(shop)) ?? {};

  it("is granted by a procedure that knows the declared grants and takes only a name to compare", () => {
    assert.deepEqual(
      [...body.matchAll(/IF \(MODEL = '(\w+)'\)|TO ROLE "(\w+)"/g)].map(([, model, role]) => model ?? role),
      ["CUSTOMERS", "PROD_WEB_WRITER", "REVENUE", "PROD_ADS_WRITER", "PROD_WEB_WRITER"],
    );
    for (const [, statement = ""] of body.matchAll(/EXECUTE IMMEDIATE (.*);/g)) {
      assert.match(
        statement,
        /^'GRANT SELECT ON ' \|\| kind \|\| ' "PROD_SHOP"\."GOLD"\."\w+" TO ROLE "PROD_\w+_WRITER"'$/,
      );
      assertSnowflake(`GRANT SELECT ON TABLE ${/"PROD_SHOP"[^']*/.exec(statement)?.[0]}`);
    }
    assert.equal(body.match(/GRANT/g)?.length, 3);
    assert.equal(signature, '"PROD_SHOP"."LEDGER"."SHARE_GOLD"(VARCHAR)');
  });

  it("needs no procedure where nothing is", () => {
    assert.equal(planShares(scopeOf()), null);
  });

  it("is known to the runtime, which asks for the grants after each build", () => {
    assert.deepEqual(shop?.release.release.shares, ["revenue", "customers"]);
  });
});
