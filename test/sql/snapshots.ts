/** Generated SQL as it was reviewed, statement by statement. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse, Dialect as Sql, validate } from "@polyglot-sql/sdk";

/** UPDATE_SNAPSHOTS=1 writes; where CI=true a missing one fails, like one that differs. */
export function compareWithSnapshot(within: URL, file: string, statements: string[]): void {
  const folder = fileURLToPath(within);
  const path = `${folder}${file}`;
  const text = `-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.\n\n${statements.map((sql) => `${folded(sql)};\n`).join("\n")}`;
  if (process.env.UPDATE_SNAPSHOTS === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
    return;
  }
  assert.ok(existsSync(path), `no snapshot ${file}: review the SQL and write it with UPDATE_SNAPSHOTS=1`);
  const [now, reviewed] = [text.split("\n"), readFileSync(path, "utf8").split("\n")];
  const at = now.findIndex((line, number) => line !== reviewed[number]);
  const differs = `${file}:${at + 1} differs\n  reviewed: ${reviewed[at]}\n  now:      ${now[at]}\nReview the change, then write it with UPDATE_SNAPSHOTS=1.`;
  assert.ok(at === -1 && now.length === reviewed.length, differs);
}

/** One clause a line, so that a diff shows what changed. */
function folded(sql: string): string {
  return sql
    .replaceAll(
      / (?=(?:FROM|WHERE|INNER JOIN|WHEN (?:NOT )?MATCHED|USING|QUALIFY|SET|VALUES|AND NOT EXISTS)\b)/g,
      "\n  ",
    )
    .replaceAll(/, (?=CASE )/g, ",\n  ");
}

/** Holds that Snowflake's grammar takes the statement. */
export function assertSnowflake(sql: string): void {
  const parsed = parse(sql, Sql.Snowflake);
  assert.ok(parsed.success, `${parsed.error}\n${sql}`);
  const validated = validate(sql, Sql.Snowflake);
  assert.ok(validated.valid, `${JSON.stringify(validated.errors)}\n${sql}`);
}
