import assert from "node:assert/strict";
import fc from "fast-check";
import { type Budget, warehouseSizes } from "#firn";
import { requireEdition } from "#infra/snowflake/edition";
import { planWarehouses } from "#infra/snowflake/warehouses/plan";
import { environmentOf, scopeOf, scopesOf, someTeams, teamOf } from "./support.ts";

describe("warehouses", () => {
  it("each stop by themselves, have time limits, a size within the environment's, and one monitor", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const { warehouses, monitors } = planWarehouses(scope);
          assert.ok(warehouses.some(({ workload }) => workload === "elt"));
          for (const each of warehouses) {
            assert.ok(each.autoSuspendSeconds >= 30 && each.autoSuspendSeconds <= 900);
            assert.ok(each.statementSecondsMax > 0 && each.queuedSecondsMax > 0);
            assert.ok(sizeOf(each.size) <= sizeOf("2X-Large"), each.size);
            assert.ok(each.clusters && each.clusters.min >= 1 && each.clusters.min <= each.clusters.max);
            assert.equal(monitors.filter(({ name }) => name === each.monitor).length, 1, each.name);
          }
          for (const { name } of monitors)
            assert.ok(
              warehouses.some(({ monitor }) => monitor === name),
              `${name} watches nothing`,
            );
        }
      }),
    );
  });

  it("never spend more than the team's budget, rounded as Snowflake counts, whatever shares are declared", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOf(teams)) {
          const { monitors } = planWarehouses(scope);
          const budget = (scope.budget as Budget).creditsPerMonth;
          const spent = monitors.reduce((sum, each) => sum + (each.quotaCredits * each.suspendAt) / 100, 0);
          // A percent of a whole credit is the least Snowflake can count.
          assert.ok(spent <= budget + 0.01 * monitors.length + 1e-6, `${spent} of ${budget}`);
          for (const each of monitors) {
            assert.ok(Number.isInteger(each.quotaCredits) && each.quotaCredits >= 1);
            assert.ok(each.suspendAt >= 1 && each.suspendImmediatelyAt > each.suspendAt);
            assert.ok(each.notifyAt.length > 0 && each.notifyAt.every(Number.isInteger));
          }
        }
      }),
    );
  });

  it("have monitors of the team's budget, and of a share of it where one is declared", () => {
    const scope = scopeOf({
      budget: { creditsPerMonth: 100, alertAtShares: [0.5, 0.9] },
      warehouses: { backfill: { budgetShareMax: 0.3 } },
    });
    const { monitors, warehouses } = planWarehouses(scope);
    assert.deepEqual(monitors, [
      {
        name: "PROD_SHOP_MONITOR",
        quotaCredits: 70,
        notifyAt: [50, 90],
        suspendAt: 100,
        suspendImmediatelyAt: 110,
      },
      {
        name: "PROD_SHOP_MONITOR_BACKFILL",
        quotaCredits: 30,
        notifyAt: [50, 90],
        suspendAt: 100,
        suspendImmediatelyAt: 110,
      },
    ]);
    assert.deepEqual(
      warehouses.map(({ workload, monitor }) => [workload, monitor]),
      [
        ["elt", "PROD_SHOP_MONITOR"],
        ["bi", "PROD_SHOP_MONITOR"],
        ["backfill", "PROD_SHOP_MONITOR_BACKFILL"],
      ],
    );
    const [half] = planWarehouses(scopeOf({ budget: { creditsPerMonth: 2.5 } })).monitors;
    assert.deepEqual([half?.quotaCredits, half?.suspendAt], [3, 83]);
  });

  it("are refused where their shares are more than the budget", () => {
    const shares = (elt: number, bi: number) => () =>
      planWarehouses(scopeOf({ warehouses: { elt: { budgetShareMax: elt }, bi: { budgetShareMax: bi } } }));
    assert.throws(shares(0.7, 0.4), {
      code: "infra.config",
      message: /110 % of its budget.*elt \(0.7\) and bi \(0.4\)/s,
    });
    assert.doesNotThrow(shares(0.7, 0.3));
    assert.throws(
      () =>
        planWarehouses(
          scopeOf({
            warehouses: { elt: { budgetShareMax: 0.7 }, bi: { budgetShareMax: 0.3 }, backfill: {} },
          }),
        ),
      { code: "infra.config", message: /leaves nothing for its other warehouses/ },
    );
  });

  it("are refused without any budget in production, and have no monitor elsewhere", () => {
    const { budget, ...cloud } = environmentOf().cloud ?? assert.fail();
    const without = (production: boolean) =>
      scopeOf({}, { ...environmentOf(), cloud: { ...cloud, production } });
    assert.ok(budget);
    assert.throws(() => planWarehouses(without(true)), {
      code: "infra.config",
      message: /Team "shop" has no budget in production environment "prod".*stacks\/environments\/prod.ts/s,
    });
    assert.deepEqual(planWarehouses(without(false)).monitors, []);
  });

  it("are refused when larger than the environment allows, with who declares it", () => {
    const own = () => planWarehouses(scopeOf({ warehouses: { bi: { size: "4X-Large" } } }));
    assert.throws(own, {
      code: "infra.quota",
      message: /"bi" of team "shop" is 4X-Large, larger than 2X-Large.*stacks\/teams\/shop\/team.ts/s,
    });
    const environments = () =>
      planWarehouses(scopeOf({}, environmentOf({ warehouses: { elt: { size: "3X-Large" } } })));
    assert.throws(environments, { code: "infra.quota", message: /in stacks\/environments\/prod.ts/ });
  });

  it("are refused where what signs in for a workload has none", () => {
    const readers = { data_science: "arn:aws:iam::333333333333:role/notebooks" };
    assert.throws(() => planWarehouses(scopeOf({ modelsOn: "transform", readers })), {
      code: "infra.config",
      message:
        /no warehouse "transform", which its modelsOn names, and none "data_science", which its readers.data_science names.*warehouses: { transform: {}, data_science: {} }/s,
    });
    assert.doesNotThrow(() => planWarehouses(scopeOf({ readers, warehouses: { data_science: {} } })));
  });

  it("are taken over by their own name where they are adopted", () => {
    const { warehouses } = planWarehouses(
      scopeOf({ adopt: { prod: { warehouses: { elt: "LOADING_WH" } } } }),
    );
    assert.deepEqual(
      warehouses.map(({ name, adopted }) => [name, adopted]),
      [
        ["LOADING_WH", true],
        ["PROD_SHOP_BI", false],
      ],
    );
  });
});

describe("the edition of a Snowflake account", () => {
  const standard = environmentOf({
    snowflake: { organization: "EXAMPLE", account: "A", edition: "standard", dollarsPerCredit: 3 },
    timeTravelDays: { raw: 0, silver: 1, gold: 1, ledger: 1 },
    warehouses: { bi: { clustersMax: 4 } },
  });
  const [pipeline] = teamOf("shop").pipelines;
  const [column = ""] = Object.keys(pipeline?.columns ?? {});
  const masked = {
    ...teamOf("shop"),
    pipelines: [
      {
        ...pipeline,
        columns: { ...pipeline?.columns, [column]: { ...pipeline?.columns[column], pii: "mask" } },
      },
    ],
  };

  it("is asked for all that needs another, at once", () => {
    assert.throws(
      () =>
        requireEdition(
          scopesOf([masked, teamOf("web", { warehouses: { elt: { clustersMax: 2 } } })], standard),
        ),
      {
        code: "infra.edition",
        message: new RegExp(
          [
            `team shop, pipeline ${pipeline?.name}, column ${column}: pii: "mask"`,
            "team shop, warehouse bi: clustersMax 4, declared by environment prod",
            "team web, warehouse elt: clustersMax 2, declared by team web",
          ].join("[^]*"),
        ),
      },
    );
  });

  it("enterprise has it all, and standard is enough for what needs no other", () => {
    assert.doesNotThrow(() => requireEdition(scopesOf([masked])));
    const { warehouses, ...cloud } = standard.cloud ?? assert.fail();
    assert.ok(warehouses);
    const plain = scopesOf([teamOf("shop")], { ...standard, cloud });
    assert.doesNotThrow(() => requireEdition(plain));
    assert.ok(plain.every((scope) => planWarehouses(scope).warehouses.every(({ clusters }) => !clusters)));
  });
});

function sizeOf(size: string): number {
  return warehouseSizes.findIndex((each) => each.toLowerCase() === size.toLowerCase());
}
