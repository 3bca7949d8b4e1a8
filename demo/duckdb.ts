/** The little of DuckDB that the demo's two sources share. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** A database of its own, in memory; what does not fit spills into `spillFolder`, never into the folder one stands in. */
export async function openDuckDB(spillFolder: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: "1GB",
    temp_directory: spillFolder,
    autoinstall_known_extensions: "false",
  });
  return instance.connect();
}

/** A text as an SQL literal, for the places that take no parameter (file names in COPY). */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
