/** Statements as they were reviewed and are generated, by the role that runs them. */
import { readdirSync, readFileSync } from "node:fs";
import { goldFence } from "#core/names";
import type { Scope } from "#infra/scope";
import { planFence, planTakeFence } from "#ledger/fence";
import { compile } from "#model/compile";
import { openProject } from "#model/open";
import { planAggregate, planPhysical, planShare } from "#model/physical";
import {
  nextOf,
  planBuildRow,
  planCommits,
  planIncrement,
  planKeyCheck,
  planLastBuild,
  planLastBuilds,
  planNext,
  planSilver,
  planSnapshotDelta,
  planSnapshotMerge,
  planSnapshotRows,
  planStanding,
  planStandings,
  planTests,
  planView,
  tableOf,
} from "#model/plan";
import { snowflake } from "#sql/snowflake";

const pipelines = new URL("../../sql/snapshots/", import.meta.url);
const watch = new URL("../../watch/snapshots/", import.meta.url);

/** Loading, checking, merging and their ledger. */
export const pipelineStatements = () => reviewed(pipelines);
/** What is noted and asked of models after they were built. */
export const watchStatements = () => reviewed(watch);

function reviewed(folder: URL): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".snowflake.sql"))
    .flatMap((file) =>
      readFileSync(new URL(file, folder), "utf8")
        .split(/;\n(?=\n|$)/)
        .map((each) => each.replace(/^\s*--.*\n/, "").trim())
        .filter((each) => each !== ""),
    );
}

/** Building a team's gold: every statement that any of its models can come to, whatever stands there. */
export function modelStatements({
  release: { hash, release },
  environment: { name: environment },
}: Scope): string[] {
  const asOf = "2024-03-01T00:00:00.000Z";
  const project = openProject(release, { hash, environment, dialect: "snowflake", asOf });
  const { names } = release;
  const take = planTakeFence(snowflake, {
    ...{ schema: names.ledger, pipeline: goldFence, batchId: "run/model", epoch: 1 },
    ...{ generation: "g", token: "t", replay: true },
  });
  const promotion = (...statements: string[]) => snowflake.promotion({ ...take, statements });
  const nodes = [...project.nodes.values()];
  const models = nodes.filter(
    ({ resource, config }) =>
      (resource === "model" && config.materialized !== "ephemeral") || resource === "snapshot",
  );
  return [
    ...snowflake.session("x"),
    ...planFence(snowflake, names.ledger, goldFence),
    planSilver(snowflake, names.silver),
    planStandings(snowflake, names.gold),
    planLastBuilds(snowflake, names.ledger),
    planCommits(snowflake, names.ledger),
    promotion(),
    planTests(
      nodes.filter(({ resource }) => resource === "test").map((each) => compile(project, each, false)),
    ),
    ...models.flatMap((node) => {
      const sql = compile(project, node, false);
      const next = nextOf(node, 1);
      const isSnapshot = node.resource === "snapshot";
      const aggregate = planAggregate(snowflake, node, sql, names.elt);
      const standing = { kind: "table" as const, columns: [] };
      const asked = [
        planStanding(snowflake, tableOf(node)),
        planLastBuild(snowflake, names.ledger, node.name),
      ];
      if (aggregate !== null) return [...asked, aggregate];
      if (node.config.materialized === "view")
        return [...asked, ...planView(snowflake, node, sql, { standing, next }).ddl];
      const row = planBuildRow(snowflake, {
        ...{ schema: names.ledger, model: node.name, runId: "r", kind: "full", version: "v" },
        ...{ backfill: false, builtFrom: {}, epoch: 1, at: asOf },
      });
      const same = snowflake.overwrite(tableOf(node), next, true);
      const other = snowflake.overwrite(tableOf(node), next, false);
      const incremental = isSnapshot || node.config.materialized === "incremental";
      const fold = isSnapshot ? planSnapshotMerge : planIncrement;
      const delta = isSnapshot ? planSnapshotDelta(snowflake, node, sql) : compile(project, node, true);
      return [
        ...asked,
        planNext(snowflake, next, isSnapshot ? planSnapshotRows(snowflake, node, sql) : sql),
        ...(node.config.unique_key.length > 0 ? [planKeyCheck(snowflake, node.config.unique_key, next)] : []),
        ...same.ddl,
        ...other.ddl,
        promotion(...same.script, ...other.script, row),
        ...(incremental
          ? [
              planNext(snowflake, next, delta),
              `ALTER TABLE ${snowflake.table(tableOf(node))} ADD COLUMN ${snowflake.id("more")} VARCHAR`,
              promotion(...fold(snowflake, node, ["a"], next), row),
            ]
          : []),
        ...planPhysical(snowflake, node, release.cloud?.snowflake.enterprise === true),
        ...planShare(snowflake, release, node),
        snowflake.dropTable(next),
      ];
    }),
  ];
}

/** What a team's models are in the warehouse: TABLE, VIEW or DYNAMIC TABLE, by `SCHEMA.NAME`. */
export function kindsOf(statements: readonly string[]): Map<string, string> {
  const made = statements.flatMap((sql) => {
    const [, kind, schema, name] =
      /^CREATE OR REPLACE (VIEW|DYNAMIC TABLE) "([^"]+)"\."([^"]+)"/.exec(sql) ?? [];
    return kind === undefined ? [] : [[`${schema}.${name}`, kind] as const];
  });
  return new Map(made);
}
