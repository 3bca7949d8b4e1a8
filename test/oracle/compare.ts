/** Replays what dbt did by another builder and tells the first difference. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { readCommand } from "./command.ts";
import { type Builder, type Built, databasePath } from "./firn.ts";
import type { DbtStep, Files, Reference, ReferenceResult } from "./reference.ts";
import { readTables, type Table, type Tables } from "./tables.ts";

/** Equal: in every table, result and compiled SQL after every step. */
export interface Verdict {
  name: string;
  verdict: "equal" | "refused" | "different" | "not compared";
  /** What was refused, or differs, or why there was nothing to compare. */
  detail: string;
  /** Steps in which both built and were compared. */
  compared: number;
}

/**
 * Runs a project's steps with `build`, in a folder of its own, and compares after each with what dbt left.
 *
 * A project that dbt refuses as wrong must be refused, too. A step that Firn has no like of ends the comparison.
 *
 * @param silver the schema that sources are read from
 */
export async function compare(
  reference: Reference,
  { folder, silver }: { folder: string; silver: string },
  build: Builder,
): Promise<Verdict> {
  const path = databasePath(folder);
  mkdirSync(dirname(path), { recursive: true });
  await runSql(path, "CREATE SCHEMA IF NOT EXISTS gold");
  let files: Files = {};
  let compared = 0;
  const startedAt: string[] = [];
  const verdict = (verdict: Verdict["verdict"], detail: string): Verdict => ({
    name: reference.name,
    verdict,
    detail,
    compared,
  });

  for (const [at, step] of reference.steps.entries()) {
    startedAt.push(new Date().toISOString());
    if ("sql" in step) {
      await runSql(path, step.sql);
      continue;
    }
    files = step.files ?? files;
    const command = readCommand(step.args);
    if (command === "silent") continue;
    if ("outside" in command) return ended(command.outside);
    const built = await build({ ...command, files, folder, silver });
    if (built.refused?.code === "model.invalid" && step.outcome === "exception")
      return verdict("equal", "both refuse it as wrong");
    if (built.refused) return verdict("refused", built.refused.message);
    const strict = stricter(step, built);
    if (strict) return verdict("refused", strict);
    const difference =
      step.outcome === "exception"
        ? `dbt refuses it: ${step.message}`
        : (differentResults(step, built) ??
          differentTables(
            await readTables(
              join(reference.folder, String(at), "wh.duckdb"),
              reference.steps.slice(0, at + 1).map((each) => each.startedAt),
            ),
            await readTables(path, startedAt),
          ));
    if (difference) return verdict("different", `step ${at}, dbt ${step.args.join(" ")}: ${difference}`);
    compared += step.results?.length ? 1 : 0;
  }
  return compared > 0 ? verdict("equal", "") : ended("dbt builds nothing");

  function ended(by: string): Verdict {
    return compared > 0 ? verdict("equal", `up to \`${by}\``) : verdict("not compared", by);
  }
}

async function runSql(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What Firn refuses of a node by name where dbt takes it as it comes. */
function stricter(step: DbtStep, built: Built): string | undefined {
  const taken = new Set(
    (step.results ?? []).filter(({ status }) => status === "success").map(({ id }) => id),
  );
  return built.results.find(
    ({ id, status, message = "" }) =>
      taken.has(id) && status === "error" && /\(model\.(duplicate_key|schema_changed)\)$/.test(message),
  )?.message;
}

/** The first node whose verdict, failures or SQL differ. */
export function differentResults(step: DbtStep, built: Built): string | undefined {
  const theirs = new Map((step.results ?? []).filter(isCompared).map((each) => [known(each.id), each]));
  const ours = new Map(built.results.map((each) => [known(each.id), each]));
  const compiled = new Map(Object.entries(built.compiled).map(([id, sql]) => [known(id), sql]));
  for (const [id, their] of theirs) {
    const our = ours.get(id);
    if (!our) return `${id} is ${their.status} with dbt, and not built by Firn`;
    if (our.status !== their.status)
      return `${id} is ${their.status} with dbt, ${our.status} with Firn${our.message ? `: ${our.message}` : ""}`;
    if (their.type === "test" && (our.failures ?? 0) !== (their.failures ?? 0))
      return `${id} has ${their.failures} failures with dbt, ${our.failures} with Firn`;
    const [theirSql, ourSql] = [their.compiled, compiled.get(id)].map(squeezed);
    // Firn builds a model in full whose SQL has changed.
    if (theirSql && ourSql !== theirSql && our.reason !== "new version")
      return `${id} compiles to\n  dbt:  ${theirSql}\n  Firn: ${ourSql}`;
  }
  for (const id of ours.keys()) if (!theirs.has(id)) return `${id} is built by Firn, and not by dbt`;
  return undefined;
}

/** What dbt runs at a run's begin and end is listed among its results; the nodes are those of the project. */
function isCompared({ type }: ReferenceResult): boolean {
  return type !== "operation";
}

/**
 * A node's id as both have it. A generic test's ends in a hash of dbt's own; and where a test's name has more than
 * 63 characters, Firn names it by the MD5 that dbt gives to its files.
 */
function known(id: string): string {
  const [, project, name = ""] = /^test\.(\w+)\.(\w+?)(?:\.[0-9a-f]{10})?$/.exec(id) ?? [];
  if (project === undefined) return id;
  const short = /_([0-9a-f]{32})$/.exec(name)?.[1];
  const long = name.length > 63 ? createHash("md5").update(name).digest("hex") : undefined;
  return `test.${project}.${short ?? long ?? name}`;
}

function squeezed(sql: string | null | undefined): string {
  return (sql ?? "").replace(/\s+/g, " ").trim();
}

/** What dbt may leave behind of a swap; its next run drops it. */
const leftovers = /__dbt_(backup|tmp\d*)$/;

/** The first table that only one has, or whose columns, types or rows differ. */
export function differentTables(theirs: Tables, ours: Tables): string | undefined {
  for (const [name, table] of Object.entries(theirs)) {
    const our = ours[name];
    if (!our && leftovers.test(name)) continue;
    if (!our) return `only dbt has ${name}`;
    const difference = differentTable(table, our);
    if (difference) return `${name}: ${difference}`;
  }
  const more = Object.keys(ours).find((name) => !(name in theirs));
  return more && `only Firn has ${more}`;
}

function differentTable(their: Table, our: Table): string | undefined {
  if (their.columns.join() !== our.columns.join())
    return `columns are ${their.columns.join(", ")} with dbt, ${our.columns.join(", ")} with Firn`;
  const [onlyTheirs, onlyOurs] = [without(their.rows, our.rows), without(our.rows, their.rows)];
  if (onlyTheirs.length + onlyOurs.length === 0) return undefined;
  const first = (rows: string[]) => (rows.length > 0 ? `${rows.length} rows, such as ${rows[0]}` : "no rows");
  return `only dbt has ${first(onlyTheirs)}; only Firn has ${first(onlyOurs)}`;
}

/** Rows as often as `rows` has them more than `others`. */
function without(rows: string[], others: string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of others) counts.set(row, (counts.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(row) ?? 0;
    counts.set(row, left - 1);
    return left <= 0;
  });
}
