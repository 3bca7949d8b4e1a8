import assert from "node:assert/strict";
import fc from "fast-check";
import { planIdentities } from "#infra/identities/plan";
import { planGrants } from "#infra/snowflake/roles/grants";
import { planIdentity, planSessions, planUsers } from "#infra/snowflake/users/plan";
import { assertSnowflake } from "../../sql/snapshots.ts";
import { environmentOf, scopeOf, scopesOf, someTeams } from "./support.ts";

describe("service users", () => {
  it("are one for each workload that signs in and each tool that reads, with roles of their own team only", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const { roles, users, warehouses } = scope.names.snowflake;
          const planned = planUsers(scope).users;
          assert.deepEqual(planned.map(({ name }) => name).sort(), Object.values(users).sort());
          for (const user of planned) {
            assert.ok(user.roles.length > 0, user.name);
            for (const role of user.roles)
              assert.ok([roles.loader, roles.writer, roles.reader].includes(role), `${user.name} is ${role}`);
            assert.equal(user.warehouse, warehouses[user.workload]);
            const reads = user.roles.includes(roles.reader);
            assert.ok(!reads || user.roles.length === 1, "who reads gold writes nothing");
            // No password anywhere: an AWS role, or a key that Pulumi never sees.
            assert.equal(user.identity !== undefined, reads || scope.team.signIn !== "key_pair");
          }
        }
      }),
    );
  });

  it("load as the loader and build gold as the writer, by one user or by two", () => {
    const rolesOf = (declared: Parameters<typeof scopeOf>[0]) =>
      planUsers(scopeOf(declared)).users.map(({ name, roles }) => [name, ...roles]);
    assert.deepEqual(rolesOf({}), [["PROD_SHOP_ELT_SERVICE", "PROD_SHOP_LOADER", "PROD_SHOP_WRITER"]]);
    assert.deepEqual(rolesOf({ modelsOn: "transform", warehouses: { transform: {} } }), [
      ["PROD_SHOP_ELT_SERVICE", "PROD_SHOP_LOADER"],
      ["PROD_SHOP_TRANSFORM_SERVICE", "PROD_SHOP_WRITER"],
    ]);
  });

  it("take, for each function, a role and a warehouse that they have", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const { roles } = scope.names.snowflake;
          const users = planUsers(scope).users;
          for (const [name, session] of Object.entries(planSessions(scope))) {
            const user = users.find((each) => each.name === session.user);
            assert.ok(user?.roles.includes(session.role), `${name} is no ${session.role}`);
            assert.equal(session.warehouse, user?.warehouse);
            // Gold has no masks: what builds it must not see behind them.
            assert.equal(session.role === roles.loader, ["window", "load", "check", "merge"].includes(name));
            const usable = planGrants(scope).some(
              ({ role, privilege, on }) =>
                role === session.role && privilege === "USAGE" && on.name === session.warehouse,
            );
            assert.ok(usable, `${session.role} may not use ${session.warehouse}`);
          }
        }
      }),
    );
  });

  it("sign in as the AWS role of their workload, or of the tool that was declared", () => {
    const arn = "arn:aws:iam::999999999999:role/dashboards";
    const [elt, bi] = planUsers(scopeOf({ readers: { bi: arn } })).users;
    assert.match(
      elt?.identity?.create ?? "",
      /ARN = 'arn:aws:iam::333333333333:role\/firn-prod-shop-as-elt'/,
    );
    assert.match(bi?.identity?.create ?? "", new RegExp(`ARN = '${arn}'`));
  });

  it("are disabled once their team is retired", () => {
    assert.ok(planUsers(scopeOf({ retired: true })).users.every(({ disabled }) => disabled));
    assert.ok(planUsers(scopeOf()).users.every(({ disabled }) => !disabled));
  });

  it("may sign in from anywhere but where addresses are declared", () => {
    assert.equal(planUsers(scopeOf()).networkPolicy, undefined);
    const snowflake = { ...environmentOf().cloud?.snowflake, egress: ["198.51.100.0/24"] };
    const { networkPolicy, users } = planUsers(scopeOf({}, environmentOf({ snowflake } as never)));
    assert.deepEqual(networkPolicy, { name: "PROD_SHOP_EGRESS", allowed: ["198.51.100.0/24"] });
    assert.ok(users.every((user) => user.networkPolicy === "PROD_SHOP_EGRESS"));
  });

  it("have an identity that is set, read and taken away by one statement each", () => {
    const { create, read, revert } = planIdentity("PROD_SHOP_ELT_SERVICE", "arn:aws:iam::1:role/r");
    assert.equal(
      create,
      `ALTER USER "PROD_SHOP_ELT_SERVICE" SET WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'arn:aws:iam::1:role/r')`,
    );
    assert.equal(revert, 'ALTER USER IF EXISTS "PROD_SHOP_ELT_SERVICE" UNSET WORKLOAD_IDENTITY');
    for (const sql of [create, revert]) assertSnowflake(sql);
    // What changes by itself must not be read, or every refresh would find a change.
    const [show = "", select = "", ...others] = read.split(" ->> ");
    assert.equal(show, 'SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER "PROD_SHOP_ELT_SERVICE"');
    assert.equal(select, 'SELECT "name", "type", "additional_info" FROM $1');
    assert.deepEqual(others, []);
    const awkward = planIdentity('A"; DROP USER B', "x'; DROP USER C; --");
    assert.equal(
      awkward.create,
      `ALTER USER "A""; DROP USER B" SET WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'x''; DROP USER C; --')`,
    );
  });
});

describe("identities in AWS", () => {
  it("are taken by the functions that sign in for their workload, and by no other", () => {
    const scope = scopeOf({ modelsOn: "transform", warehouses: { transform: {} } });
    assert.deepEqual(
      planIdentities(scope).map(({ workload, functions }) => [workload, functions]),
      [
        ["elt", ["window", "load", "check", "merge"]],
        ["transform", ["select", "model", "watch"]],
      ],
    );
    for (const { functions, trust } of planIdentities(scope)) {
      const [statement, ...others] = trust.Statement;
      assert.deepEqual(others, []);
      assert.deepEqual(statement?.Condition, {
        ArnEquals: {
          "aws:PrincipalArn": functions.map(
            (each) => `arn:aws:iam::333333333333:role/firn-prod-shop-${each}`,
          ),
        },
      });
      assert.deepEqual(statement?.Action, ["sts:AssumeRole"]);
    }
  });

  it("are none with a key pair", () => {
    assert.deepEqual(planIdentities(scopeOf({ signIn: "key_pair" })), []);
  });

  it("name no function of another team", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams))
          for (const { trust } of planIdentities(scope)) {
            const arns = Object.values(trust.Statement[0]?.Condition?.ArnEquals ?? {}).flat();
            const own = Object.values(scope.names.roles).map(
              (name) => `arn:aws:iam::333333333333:role/${name}`,
            );
            assert.ok(arns.length > 0 && arns.every((arn) => own.includes(arn)));
          }
      }),
    );
  });
});
