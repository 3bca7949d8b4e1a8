import assert from "node:assert/strict";
import { parse, Dialect as Sql } from "@polyglot-sql/sdk";
import { loadStacks } from "#stacks";
import { type Described, readProject, render, teams } from "./project.ts";

/** What Snowflake would be sent is rendered and parsed, not run. */
const settings = (["duckdb", "snowflake"] as const).flatMap((type) =>
  [false, true].map((incremental) => ({ type, incremental })),
);

for (const team of teams) {
  describe(`the gold of ${team}`, () => {
    const project = readProject(team);
    const models = [...project.models.keys()];
    const full = { type: "duckdb", incremental: false } as const;
    const incremental = models.filter(
      (name) => render(project, name, full).config.materialized === "incremental",
    );
    const columnsOf = (name: string): Described[] => project.described.get(name)?.columns ?? [];

    it("is what the team's release carries", () => {
      const released = loadStacks("local").teams.find(({ name }) => name === team)?.models ?? {};
      assert.deepEqual(
        Object.keys(released)
          .filter((path) => path !== "dbt_project.yml")
          .sort(),
        Object.keys(project.files).sort(),
      );
    });

    it("grows by a unique key and carries the commit_seq it has come to", () => {
      assert.ok(incremental.length >= 2);
      for (const name of incremental) {
        const { sql, config } = render(project, name, { type: "duckdb", incremental: true });
        assert.ok(config.unique_key, `${name} has no unique_key`);
        const described = columnsOf(name).map((column) => column.name);
        assert.ok(described.includes(String(config.unique_key)), `${name} does not have its unique_key`);
        assert.ok(described.includes("commit_seq"), `${name} does not carry commit_seq`);
        assert.match(
          sql,
          new RegExp(`commit_seq > \\(select coalesce\\(max\\(commit_seq\\), -1\\) from gold.${name}\\)`),
        );
      }
    });

    it("refers to the same models whole and by increments, or dbt would not know what comes first", () => {
      for (const name of incremental) {
        const { refs } = render(project, name, full);
        const later = render(project, name, { type: "duckdb", incremental: true }).refs;
        assert.deepEqual(new Set(later), new Set(refs), name);
      }
    });

    it("asks neither clock nor chance, and picks no row at random", () => {
      const forbidden =
        /\b(now|current_date|current_timestamp|current_time|localtimestamp|getdate|sysdate|today|random|uuid|gen_random_uuid|any_value|arbitrary|first|last)\b\s*(\(|$)|\bcurrent_(date|time|timestamp)\b/im;
      for (const name of [...models, ...project.tests.keys()])
        assert.doesNotMatch(withoutComments(render(project, name, full).sql), forbidden, name);
    });

    it("adds nothing up in floating point", () => {
      for (const name of incremental)
        assert.doesNotMatch(
          render(project, name, full).sql,
          /\b(avg|stddev|variance|double|float|real)\b/i,
          name,
        );
    });

    it("is SQL that both warehouses can read, built whole and by increments", () => {
      for (const name of [...models, ...project.tests.keys()])
        for (const setting of settings) {
          const { sql } = render(project, name, setting);
          const parsed = parse(sql, setting.type === "snowflake" ? Sql.Snowflake : Sql.DuckDB);
          assert.ok(parsed.success, `${name} for ${setting.type}: ${parsed.error}\n${sql}`);
        }
    });

    it("says of every model what it is, and of every described column what it holds", () => {
      for (const name of [...models, ...project.described.keys()]) {
        assert.ok(project.described.get(name)?.description, `${name} has no description`);
        for (const column of columnsOf(name))
          assert.ok(column.description, `${name}.${column.name} has no description`);
      }
    });
  });
}

describe("the gold of learning", () => {
  const { described, models } = readProject("learning");

  it("says that a learner's token is personal wherever it goes", () => {
    const personal = ["learner_id", "engagement_key", "progress_key", "dbt_scd_id"];
    for (const { name, columns = [] } of described.values())
      for (const column of columns.filter((each) => personal.includes(each.name)))
        assert.equal(column.config?.meta?.pii, true, `${name}.${column.name}`);
  });

  it("declares the rolling engagement to be a materialised aggregate", () => {
    const { config } = render(readProject("learning"), "rolling_engagement", {
      type: "snowflake",
      incremental: false,
    });
    assert.deepEqual(config.meta, { materialized_aggregate: { target_lag_minutes: 360 } });
    assert.ok(models.has("rolling_engagement"));
  });
});

function withoutComments(sql: string): string {
  return sql.replace(/--.*$/gm, "");
}
