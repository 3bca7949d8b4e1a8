import assert from "node:assert/strict";
import type { LocalWorld } from "#worlds/local";
import { teamName } from "./shop.ts";

/**
 * Remembers how new each row of silver was, and holds that none grows older: in the end a later version would
 * have mended it, but whoever looked meanwhile saw the past.
 */
export function openForward() {
  const newest = new Map<string, string>();
  return {
    /** After the warehouse was removed there is nothing to compare with. */
    forget: () => newest.clear(),
    /** @throws {assert.AssertionError} */
    async hold(world: LocalWorld, run: string): Promise<void> {
      const warehouse = await world.warehouse(teamName);
      const made = await warehouse.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'silver'",
      );
      for (const { table_name: table } of made) {
        if (table !== "items" && table !== "lines") continue;
        const [id, version] = table === "items" ? ["item_id", "lsn"] : ["order_id", "epoch_ms(changed_at)"];
        const rows = await warehouse.query(
          `SELECT ${id} AS id, CAST(MAX(${version}) AS VARCHAR) AS version FROM silver.${table} WHERE NOT _deleted GROUP BY 1`,
        );
        for (const row of rows) {
          const name = `${table} ${row.id}`;
          const before = newest.get(name);
          assert.ok(
            before === undefined || Number(row.version) >= Number(before),
            `${run}: ${name} went back from ${before} to ${row.version}`,
          );
          newest.set(name, String(row.version));
        }
      }
    },
  };
}
