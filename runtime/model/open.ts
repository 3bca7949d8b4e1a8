/** A team's dbt project as its release holds it, checked for what it may read. */
import { FirnError } from "#core/errors";
import type { Release } from "#release";
import type { Dialect } from "#sql/dialect";
import { type Project, parseProject } from "./dbt/project.ts";
import { invalid, unsupported } from "./dbt/unsupported.ts";
import { dbtTests } from "./macros/dbt.ts";
import { dbtUtils } from "./macros/dbt_utils.ts";
import { epochOfNext } from "./plan.ts";

const packages = { dbt_utils: dbtUtils };

/** The project read last: parsing hundreds of models for each of them would cost more than building them. */
let latest: { key: string; project: Project } | undefined;

/**
 * @param asOf the run's instant, which templates read as `var('as_of')`
 * @param hash the release's
 * @throws {FirnError} `model.*`
 */
export function openProject(
  release: Release,
  {
    hash,
    environment,
    dialect,
    asOf,
  }: { hash: string; environment: string; dialect: Dialect["name"]; asOf: string },
): Project {
  const key = [hash, environment, dialect, asOf].join(" ");
  if (latest?.key === key) return latest.project;
  if (!release.models["dbt_project.yml"]?.trim())
    throw invalid("dbt_project.yml", "It is missing or empty.", "Add it: it makes a folder a dbt project.");
  requirePackages(release.models);
  const project = parseProject({
    files: release.models,
    target: {
      name: environment,
      type: dialect,
      database: release.names.database,
      schema: release.names.gold,
    },
    vars: { as_of: asOf },
    builtIn: dbtTests,
    packages,
  });
  requireNames(project);
  requireGranted(project, release);
  latest = { key, project };
  return project;
}

/** Longer than any that a person would read, and short enough for every warehouse with what Firn adds. */
const namesMax = 200;

/**
 * Names of tables are written unquoted in Snowflake, where capital letters do not count either.
 *
 * @throws {FirnError} `model.invalid`
 */
function requireNames({ nodes }: Project): void {
  const made = new Map<string, string>();
  for (const { resource, name, path, relation, config } of nodes.values()) {
    if (resource === "test" || config.materialized === "ephemeral") continue;
    const { schema, identifier } = relation;
    const isName = /^[a-z_]\w*$/i.test(identifier) && identifier.length <= namesMax;
    if (!isName || epochOfNext(identifier) !== null) {
      throw invalid(
        path,
        `"${identifier}" is no name of a table.`,
        `Rename the file, or give it an alias: letters, digits and _, at most ${namesMax}, no digit first, and no __next_ and a number last, as tables under way have.`,
      );
    }
    const before = made.get(identifier.toLowerCase());
    if (before !== undefined) {
      throw invalid(
        path,
        `"${name}" makes ${schema}.${identifier}, and so does ${before}.`,
        "Rename one: capital letters do not count.",
      );
    }
    made.set(identifier.toLowerCase(), path);
  }
}

/** @throws {FirnError} `model.not_granted` */
function requireGranted({ sources, target }: Project, { team, names, reads }: Release): void {
  for (const { source, name, relation } of sources.values()) {
    const own = relation.database.toLowerCase() === target.database.toLowerCase();
    if (own && relation.schema === names.silver) continue;
    if (!own && relation.schema === names.gold && reads[source]?.includes(relation.identifier)) continue;
    throw new FirnError("model.not_granted", {
      what: `Source "${source}.${name}" is ${relation.database}.${relation.schema}.${relation.identifier}, which team "${team}" may not read.`,
      why: "Models read their own team's silver and gold. Another team's gold they read where that team grants it.",
      fix: own
        ? `Read schema ${names.silver}, or a model by ref().`
        : `In stacks/teams/${source}/team.ts: grants: [{ to: "${team}", models: ["${relation.identifier}"] }]; and name the source after that team, with schema ${names.gold}.`,
    });
  }
}

/** Packages are code nobody here wrote; the built-in ones are served by Firn itself. */
function requirePackages(files: Readonly<Record<string, string>>): void {
  for (const path of ["packages.yml", "dependencies.yml"]) {
    const named = [...(files[path] ?? "").matchAll(/^\s*-\s*\w+:\s*["']?([^"'\s]+)/gm)].map(
      ([, name = ""]) => name,
    );
    const other = named.find((name) => !Object.hasOwn(packages, name.replace(/^.*\//, "")));
    if (other)
      throw unsupported(`the package "${other}"`, path, `Built in: ${Object.keys(packages).join(", ")}.`);
  }
}
