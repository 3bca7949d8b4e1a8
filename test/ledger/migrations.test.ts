import assert from "node:assert/strict";
import { ledgerVersion, openLedger } from "#ledger/migrations";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Warehouse } from "#ports/warehouse";
import { openMemory } from "../sql/support.ts";

const made = { lake: "l1", generation: "g1", now: "2024-01-01T00:00:00.000Z" };

describe("a ledger of an earlier Firn", () => {
  let warehouse: Warehouse;
  beforeEach(async () => {
    warehouse = await openMemory();
    const { dialect } = warehouse;
    const { sequences: _, partitions: __, ...first } = ledgerTables;
    await warehouse.run([
      ...dialect.createSchema("ledger"),
      ...Object.entries(first).map(([name, columns]) =>
        dialect.createTable(
          ledgerTable("ledger", name as keyof typeof first),
          columns.filter((column) => column.name !== "vanished"),
        ),
      ),
      "INSERT INTO ledger.identity SELECT 'g0', 'l1'",
      "INSERT INTO ledger.migrations SELECT 1, now()",
      "INSERT INTO ledger.batches (pipeline, seq, promoted) SELECT 'orders', 1, 7",
    ]);
  });
  afterEach(() => warehouse.close());

  it("is brought up to date with all it knows, and stays the same ledger", async () => {
    assert.deepEqual(await openLedger(warehouse, "ledger", made), { generation: "g0" });
    assert.deepEqual(await warehouse.query("SELECT pipeline, promoted, vanished FROM ledger.batches"), [
      { pipeline: "orders", promoted: "7", vanished: null },
    ]);
    assert.deepEqual(await warehouse.query("SELECT * FROM ledger.partitions"), []);
    const [version] = await warehouse.query("SELECT MAX(version) AS version FROM ledger.migrations");
    assert.equal(Number(version?.version), ledgerVersion);
  });

  it("is brought up to date by the next run where one was killed in between, or two began at once", async () => {
    await warehouse.run(["ALTER TABLE ledger.batches ADD COLUMN vanished BIGINT"]);
    await openLedger(warehouse, "ledger", made);
    await openLedger(warehouse, "ledger", made);
    const rows = await warehouse.query("SELECT version FROM ledger.migrations ORDER BY 1");
    assert.deepEqual(
      rows.map(({ version }) => Number(version)),
      Array.from({ length: ledgerVersion }, (_, at) => at + 1),
    );
  });
});
