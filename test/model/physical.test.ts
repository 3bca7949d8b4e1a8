import assert from "node:assert/strict";
import { compile } from "#model/compile";
import type { DbtNode, Project } from "#model/dbt/project";
import { openProject } from "#model/open";
import { planAggregate, planPhysical, planShare } from "#model/physical";
import { planIncrement, planNext, planSnapshotDelta, planSnapshotMerge, tableOf } from "#model/plan";
import { makeRelease, type Release } from "#release";
import { duckdb } from "#sql/duckdb";
import { snowflake } from "#sql/snowflake";
import { loadStacks } from "#stacks";
import { assertSnowflake } from "../sql/snapshots.ts";

describe("the shipped models in Snowflake", () => {
  const projects = new Map<string, { project: Project; release: Release }>();
  const node = (team: string, name: string): DbtNode => {
    const found = [...(projects.get(team)?.project.nodes.values() ?? [])].find((each) => each.name === name);
    assert.ok(found, name);
    return found;
  };

  before(() => {
    const { teams } = loadStacks("local");
    for (const team of teams) {
      const { hash, release } = makeRelease(team, teams);
      const asOf = "2013-11-15T06:00:00.000Z";
      const project = openProject(release, { hash, environment: "prod", dialect: "snowflake", asOf });
      projects.set(team.name, { project, release });
    }
  });

  it("are clustered and searched as their config declares", () => {
    assert.deepEqual(planPhysical(snowflake, node("commerce", "daily_revenue"), true), [
      'ALTER TABLE "GOLD"."DAILY_REVENUE" CLUSTER BY (order_date, country_code)',
      'ALTER TABLE "GOLD"."DAILY_REVENUE" ADD SEARCH OPTIMIZATION ON EQUALITY(country_code)',
    ]);
    for (const { project } of projects.values())
      for (const each of project.nodes.values()) {
        assert.deepEqual(planPhysical(duckdb, each, true), []);
        for (const sql of planPhysical(snowflake, each, true)) assertSnowflake(sql);
      }
  });

  it("are not searched where the account's edition has no search optimisation", () => {
    assert.deepEqual(planPhysical(snowflake, node("commerce", "daily_revenue"), false), [
      'ALTER TABLE "GOLD"."DAILY_REVENUE" CLUSTER BY (order_date, country_code)',
    ]);
  });

  it("keep a materialised aggregate as a dynamic table, and as a table on DuckDB", () => {
    const rolling = node("learning", "rolling_engagement");
    const { project, release } = projects.get("learning") ?? assert.fail();
    const sql = planAggregate(snowflake, rolling, compile(project, rolling, false), release.names.elt) ?? "";
    assert.match(
      sql,
      /^CREATE OR REPLACE DYNAMIC TABLE "GOLD"\."ROLLING_ENGAGEMENT" TARGET_LAG = '360 minutes' WAREHOUSE = "LEARNING_ELT" AS \(/,
    );
    assertSnowflake(sql);
    assert.equal(planAggregate(duckdb, rolling, "SELECT 1", release.names.elt), null);
    assert.equal(planAggregate(snowflake, node("learning", "students"), "SELECT 1", release.names.elt), null);
  });

  it("are granted anew by the schemas' owner after each build, those alone that are shared", () => {
    const { teams } = loadStacks("local");
    const commerce = teams.find(({ name }) => name === "commerce") ?? assert.fail();
    const grants = [{ to: "learning", models: ["daily_revenue"] }];
    const { release } = makeRelease({ ...commerce, grants }, teams);
    const [call = "", ...others] = planShare(snowflake, release, node("commerce", "daily_revenue"));
    assert.equal(call, `CALL "LEDGER"."SHARE_GOLD"('DAILY_REVENUE')`);
    assertSnowflake(call);
    assert.deepEqual(others, []);
    assert.deepEqual(planShare(snowflake, release, node("commerce", "monthly_revenue")), []);
    assert.deepEqual(planShare(duckdb, release, node("commerce", "daily_revenue")), []);
    const alone = makeRelease(commerce, teams).release;
    assert.deepEqual(planShare(snowflake, alone, node("commerce", "daily_revenue")), []);
  });

  it("refuse a meta that is wrong, with the file", () => {
    const wrong = (meta: Record<string, unknown>) => {
      const of = node("commerce", "daily_revenue");
      return () => planPhysical(duckdb, { ...of, config: { ...of.config, meta } }, true);
    };
    const code = "model.invalid";
    assert.throws(wrong({ search_optimization: "country_code" }), {
      code,
      message: /daily_revenue\.sql.*list of columns/,
    });
    assert.throws(wrong({ materialized_aggregate: { target_lag_minutes: 0 } }), {
      code,
      message: /whole number from 1/,
    });
    assert.throws(wrong({ materialized_aggregate: true }), { code });
  });

  it("are made, grown and followed by statements that Snowflake's grammar takes", () => {
    for (const { project } of projects.values()) {
      for (const each of project.nodes.values()) {
        if (each.resource === "test" || each.config.materialized === "ephemeral") continue;
        const next = { schema: "gold", name: `${tableOf(each).name}__next_1` };
        const sql = compile(project, each, false);
        assertSnowflake(planNext(snowflake, next, sql));
        if (each.config.materialized === "incremental") {
          assertSnowflake(planNext(snowflake, next, compile(project, each, true)));
          for (const one of planIncrement(snowflake, each, ["a", "b"], next)) assertSnowflake(one);
        }
        if (each.resource !== "snapshot") continue;
        assertSnowflake(planNext(snowflake, next, planSnapshotDelta(snowflake, each, sql)));
        for (const one of planSnapshotMerge(snowflake, each, ["a"], next)) assertSnowflake(one);
      }
    }
    const table = { schema: "gold", name: "t" };
    const next = { schema: "gold", name: "t__next_1" };
    for (const same of [true, false]) {
      const { ddl, script } = snowflake.overwrite(table, next, same);
      for (const sql of [...ddl, ...script]) assertSnowflake(sql);
    }
  });
});
