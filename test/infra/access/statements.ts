/** Statements as they were reviewed and are generated, by the kind of work they belong to. */
import { readdirSync, readFileSync } from "node:fs";

const folders = ["../../sql/snapshots/", "../../watch/snapshots/"].map(
  (each) => new URL(each, import.meta.url),
);

/** Every reviewed statement for Snowflake: loading, checking, merging, the ledger and what watches it. */
export function reviewedStatements(): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".snowflake.sql"))
      .flatMap((file) =>
        readFileSync(new URL(file, folder), "utf8")
          .split(/;\n(?=\n|$)/)
          .map((each) => each.replace(/^\s*--.*\n/, "").trim())
          .filter((each) => each !== ""),
      ),
  );
}
