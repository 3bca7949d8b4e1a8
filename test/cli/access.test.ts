import assert from "node:assert/strict";
import { declaredGrants } from "#infra/access/plan";
import { fromRegistered } from "#infra/access/registered";
import { access, reportOf } from "../../runtime/cli/access.ts";
import { account, grantOn, sampleOf } from "../infra/access/sample.ts";
import { declaredTeams, site } from "../infra/access/site.ts";

const scopes = site.scopes(
  declaredTeams([
    { name: "shop", grants: [] },
    { name: "learning", grants: [{ to: "shop", models: ["daily"] }] },
  ]),
);
const context = { json: false, debug: false, folder: "/nowhere", command: "npx firn" };

describe("firn access", () => {
  const told = (more: ReturnType<typeof sampleOf>, team?: string) =>
    reportOf(fromRegistered([...sampleOf(scopes), ...more], scopes), declaredGrants(scopes), team);

  it("tells who may do what, and by which way", () => {
    const { lines, exitCode } = told([]);
    assert.ok(
      lines.some((line) =>
        /^role\/firn-prod-shop-load +read, create +raw\/: .*\/raw\/\* +itself$/.test(line),
      ),
    );
    assert.ok(
      lines.some((line) =>
        /PROD_LEARNING.GOLD.DAILY of learning +has role snowflake role PROD_SHOP_LOADER/.test(line),
      ),
    );
    assert.equal(lines.at(-1), "No way leads from one team to another's data but those that are declared.");
    assert.equal(exitCode, 0);
  });

  it("tells of one team what it reaches and who reaches what is its own", () => {
    const { document } = told([], "learning") as unknown as {
      document: { access: { of: string; owner: string }[] };
    };
    assert.ok(document.access.some(({ of }) => of === "shop"));
    assert.ok(document.access.every(({ of, owner }) => of === "learning" || owner === "learning"));
  });

  it("ends with 2 where a way is not declared", () => {
    const [, learning] = scopes;
    const role = scopes[0]?.names.snowflake.roles.reader as string;
    const warehouse = account("WAREHOUSE", learning?.names.snowflake.warehouses.bi as string);
    const { lines, exitCode, document } = told([grantOn("learning-more", role, warehouse, "USAGE")]);
    assert.equal(exitCode, 2);
    assert.ok(lines.includes("NOT DECLARED:"));
    assert.ok((document as { unexpected: string[] }).unexpected.length > 0);
  });

  it("refuses a laptop, an environment and a team that are not declared", async () => {
    await assert.rejects(access(undefined, { ...context, environment: "local" }), { code: "infra.config" });
    await assert.rejects(access(undefined, { ...context, environment: "production" }), {
      code: "environment.unknown",
    });
    await assert.rejects(access("nobody", { ...context, environment: "prod" }), { code: "cli.usage" });
  });
});
