/** What the tests of the model stage share: a source, rows as text, and a build that has to be refused. */
import assert from "node:assert/strict";
import type { ErrorCode, FirnError } from "#core/errors";
import type { ModelState } from "#release";
import type { ModelRig } from "../support/models.ts";

/** The project that every rig begins with. */
const project = { "dbt_project.yml": "name: shop\nversion: '1.0.0'\n" };

/** Declares silver.orders, which the rig's tests fill. */
export const sources = {
  "models/sources.yml":
    "sources:\n  - name: raw\n    schema: silver\n    tables:\n      - name: orders\n      - name: customers\n",
};

export const orders = "{{ source('raw', 'orders') }}";

export function config(text: string): string {
  return `{{ config(${text}) }}\n`;
}

/** Rows of a query as texts, sorted: columns joined by blanks, NULL as a hyphen. */
export async function rowsOf(rig: ModelRig, from: string): Promise<string[]> {
  const rows = await rig.query(/^\s*(select|from|with)\b/i.test(from) ? from : `SELECT * FROM ${from}`);
  return rows
    .map((row) =>
      Object.values(row)
        .map((value) => value ?? "-")
        .join(" "),
    )
    .sort();
}

/** All that stands in gold: kind and name, with every row of the tables and views. */
export async function goldOf(rig: ModelRig): Promise<Record<string, string[]>> {
  const standing = await rig.query(
    "SELECT table_name AS name, table_type AS kind FROM information_schema.tables WHERE table_schema = 'gold' ORDER BY 1",
  );
  const gold: Record<string, string[]> = {};
  for (const { name, kind } of standing)
    gold[`${kind} ${name}`] = await rowsOf(rig, `gold."${String(name).replaceAll('"', '""')}"`);
  return gold;
}

/**
 * Builds a project to which files were added, which must fail with this code and these words, and leave gold
 * as it was; then takes the files away.
 */
export async function refuses(
  rig: ModelRig,
  files: Record<string, string>,
  code: ErrorCode,
  words: RegExp,
  of: Partial<ModelState> = {},
): Promise<FirnError> {
  const before = await goldOf(rig);
  rig.write(files);
  const { execution, status } = await rig.build(of);
  const after = await goldOf(rig);
  rig.write({ ...Object.fromEntries(Object.keys(files).map((path) => [path, null])), ...project });
  assert.equal(execution.outcome, "failed", `it was not refused: ${JSON.stringify(status)}`);
  const error = execution.error as FirnError;
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  assert.deepEqual(after, before, "gold is not as it was");
  return error;
}
