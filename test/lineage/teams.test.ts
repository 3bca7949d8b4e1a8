import { strict as assert } from "node:assert";
import type { Stacks } from "#firn";
import { labeller } from "#lineage/graph";
import { piiOf, undeclaredPii } from "#lineage/pii";
import { loadStacks } from "#stacks";
import { planTeamsLineage } from "#worlds/lineage";

const project = (name: string) => `name: ${name}\nversion: "1.0"\nprofile: firn\nmodel-paths: [models]\n`;

/** The declared teams, with these dbt files in place of their own. */
function withModels(models: Record<string, Record<string, string>>): Stacks {
  const { environment, teams } = loadStacks("local");
  return {
    environment,
    teams: teams.map((team) => {
      const { models: _, ...rest } = team;
      const files = models[team.name];
      const grants = team.name === "learning" ? { grants: [{ to: "commerce", models: ["students"] }] } : {};
      return files
        ? { ...rest, ...grants, models: { "dbt_project.yml": project(team.name), ...files } }
        : rest;
    }),
  };
}

describe("the lineage of the teams' own models", () => {
  it("tells every column, and every column with PII is declared", async () => {
    const { lineage, declared } = await planTeamsLineage(loadStacks("local"));
    assert.ok(lineage.nodes.length > 0);
    for (const { id, columns, strangers } of lineage.nodes) {
      assert.deepEqual(strangers, [], id);
      assert.deepEqual(
        columns.filter(({ unknown }) => unknown !== undefined),
        [],
        id,
      );
    }
    assert.deepEqual(undeclaredPii(lineage, declared), []);
  });
});

describe("the lineage of a team's dbt project", () => {
  const source = `sources:
  - name: silver
    schema: silver
    tables: [{ name: learner_activity }]
`;
  const learning = {
    "models/sources.yml": source,
    "models/cleaned.sql":
      "{{ config(materialized='ephemeral') }} select learner_id as who, site_id from {{ source('silver', 'learner_activity') }}",
    "models/students.sql": `{{ config(materialized='incremental', unique_key='site_id') }}
      select site_id, {% if is_incremental() %} who {% else %} 'x' {% endif %} as note from {{ ref('cleaned') }}`,
  };

  it("goes through ephemeral models and both ways of an incremental one", async () => {
    const { lineage } = await planTeamsLineage(withModels({ learning }));
    const label = labeller(lineage);
    assert.deepEqual(
      [...piiOf(lineage).values()].flat().map(({ path }) => path.map(label).join(" -> ")),
      ["silver.learner_activity.learner_id -> students.note"],
    );
  });

  it("takes PII from seeds that declare it, and leaves what is declared at peace", async () => {
    const { lineage, declared } = await planTeamsLineage(
      withModels({
        learning: {
          "seeds/staff.csv": "id,mail\n1,a@b.c\n",
          "seeds/schema.yml": "seeds: [{ name: staff, columns: [{ name: mail, meta: { pii: true } }] }]\n",
          "models/a.sql": "select mail as m, lower(mail) as low from {{ ref('staff') }}",
          "models/schema.yml":
            "models: [{ name: a, columns: [{ name: m, meta: { pii: true } }, { name: low, config: { meta: { pii: true } } }] }]\n",
          "models/b.sql": "select low as o from {{ ref('a') }}",
        },
      }),
    );
    const label = labeller(lineage);
    assert.deepEqual(
      undeclaredPii(lineage, declared).map(({ path }) => path.map(label).join(" -> ")),
      ["gold.staff.mail -> a.low -> b.o"],
    );
  });

  it("goes from one team's gold to another's", async () => {
    const { lineage } = await planTeamsLineage(
      withModels({
        learning,
        commerce: {
          "models/sources.yml": `sources:
  - name: learning
    database: learning
    schema: gold
    tables: [{ name: students }]
`,
          "models/joined.sql": "select note as theirs from {{ source('learning', 'students') }}",
        },
      }),
    );
    const label = labeller(lineage);
    assert.deepEqual(
      piiOf(lineage)
        .get("model.commerce.joined")
        ?.map(({ path }) => path.map(label).join(" -> ")),
      ["silver.learner_activity.learner_id -> students.note -> joined.theirs"],
    );
  });
});
