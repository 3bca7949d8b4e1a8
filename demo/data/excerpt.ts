/**
 * Cuts the demo's excerpt out of the published data sets; run once, its two Parquet files are committed.
 *
 *     node demo/data/excerpt.ts FOLDER
 *
 * FOLDER holds oulad/studentVle_first1048575.parquet, oulad/vle.parquet and
 * online_retail/online_retail.parquet, re-encodings of the published files (README.md beside this file).
 * Rows are chosen, never changed: `src_row` is a row's number in the published file, and exact duplicates stay.
 */
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDuckDB, quote } from "../duckdb.ts";

/** The presentations that start in October 2013: all of AAA, and of BBB what the re-encoding holds. */
const presentation = "2013J";
/** The last of the first 20 daily files, where the shop closes for Christmas. */
const retailUntil = "2010-12-23";

const folder = process.argv[2];
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write("Usage: node demo/data/excerpt.ts FOLDER, the folder that holds oulad/ and online_retail/\n");
  process.exit(1);
}

const activities = `
  SELECT src_row, code_module, code_presentation, id_student, id_site, "date", sum_click, activity_type
  FROM ${quote(join(folder, "oulad/studentVle_first1048575.parquet"))}
  LEFT JOIN ${quote(join(folder, "oulad/vle.parquet"))} USING (id_site, code_module, code_presentation)
  WHERE code_presentation = ${quote(presentation)}
  ORDER BY src_row`;
const orders = `
  SELECT * FROM ${quote(join(folder, "online_retail/online_retail.parquet"))}
  WHERE file_date <= DATE ${quote(retailUntil)}
  ORDER BY src_row`;

const connection = await openDuckDB(tmpdir());
await write("learner_activity_2013J.parquet", activities, "sum(sum_click)");
await write("online_retail_2010-12.parquet", orders, "sum(quantity * unit_price)");

async function write(name: string, select: string, sum: string): Promise<void> {
  const file = join(import.meta.dirname, name);
  await connection.run(
    `COPY (${select}) TO ${quote(file)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, PARQUET_VERSION v2)`,
  );
  const check = await connection.runAndReadAll(`SELECT count(*)::VARCHAR, (${sum})::VARCHAR FROM ${quote(file)}`);
  const [rows, total] = check.getRows()[0] ?? [];
  process.stdout.write(`${name}: ${rows} rows, ${sum} = ${total}, ${statSync(file).size} bytes\n`);
}
