export type LineageDialect = "duckdb" | "snowflake";

/** A query as a tree, or why there is none. */
export type Parsed = { tree: unknown } | { unknown: string };

/**
 * Opens the SQL parser: 23 MB of WebAssembly, about 0.3 s, so it is loaded at its first use only.
 *
 * What comes back parses a text once and remembers it for as long as it is held. It never throws: what
 * cannot be parsed is told, and its lineage is unknown.
 */
export async function openParser(dialect: LineageDialect): Promise<(sql: string) => Parsed> {
  const { parse, Dialect } = await import("@polyglot-sql/sdk");
  const read = dialect === "duckdb" ? Dialect.DuckDB : Dialect.Snowflake;
  const known = new Map<string, Parsed>();
  return (sql) => {
    const parsed = known.get(sql) ?? once(sql);
    known.set(sql, parsed);
    return parsed;
  };

  function once(sql: string): Parsed {
    try {
      const result = parse(sql, read);
      if (!result.success) return { unknown: "its SQL cannot be parsed" };
      const [tree, ...others] = result.ast as unknown[];
      return tree !== undefined && others.length === 0
        ? { tree }
        : { unknown: `it holds ${others.length + 1} statements, not one` };
    } catch {
      return { unknown: "its SQL cannot be parsed" };
    }
  }
}
