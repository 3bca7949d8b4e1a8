import { FirnError } from "#core/errors";
import { type LedgerTable, ledgerTable, ledgerTables } from "#ledger/tables";
import type { Warehouse } from "#ports/warehouse";
import type { Dialect } from "#sql/dialect";

interface Migration {
  version: number;
  /** DDL only, each repeatable: a run killed in between runs them all again. */
  statements(dialect: Dialect, schema: string): string[];
}

const migrations: Migration[] = [
  {
    version: 1,
    statements: (dialect, schema) =>
      (Object.keys(ledgerTables) as LedgerTable[]).map((name) =>
        dialect.createTable(ledgerTable(schema, name), [...ledgerTables[name]]),
      ),
  },
  {
    version: 2,
    statements: (dialect, schema) => [
      ...(["sequences", "partitions"] as const).map((name) =>
        dialect.createTable(ledgerTable(schema, name), [...ledgerTables[name]]),
      ),
      dialect.addColumn(ledgerTable(schema, "batches"), { name: "vanished", type: "bigint" }),
    ],
  },
  {
    version: 3,
    statements: (dialect, schema) =>
      (["models", "scans"] as const).map((name) =>
        dialect.createTable(ledgerTable(schema, name), [...ledgerTables[name]]),
      ),
  },
];

export const ledgerVersion = Math.max(...migrations.map(({ version }) => version));

export interface LedgerIdentity {
  /** Changes when the ledger is made anew. */
  generation: string;
}

/**
 * Brings a team's ledger up to this Firn's version and says which one it is. Repeating is harmless.
 *
 * @throws {FirnError} `ledger.newer` when a newer Firn wrote it; `ledger.generation` when it belongs to another lake
 */
export async function openLedger(
  warehouse: Warehouse,
  schema: string,
  made: { lake: string; generation: string; now: string },
): Promise<LedgerIdentity> {
  const { dialect } = warehouse;
  const table = (name: LedgerTable) => dialect.table(ledgerTable(schema, name));
  await warehouse.run([
    ...dialect.createSchema(schema),
    dialect.createTable(ledgerTable(schema, "migrations"), [...ledgerTables.migrations]),
  ]);
  const [row] = await warehouse.query(
    `SELECT COALESCE(MAX(${dialect.id("version")}), 0) AS "version" FROM ${table("migrations")}`,
  );
  const version = Number(row?.version ?? 0);
  if (version > ledgerVersion) {
    throw new FirnError("ledger.newer", {
      what: `The ledger has version ${version}; this Firn knows ${ledgerVersion}.`,
      why: "A newer Firn has written it, and an older one could misread its state.",
      fix: "Update Firn to the version that last ran here.",
    });
  }
  for (const migration of migrations.filter((each) => each.version > version)) {
    await warehouse.run([
      ...migration.statements(dialect, schema),
      `INSERT INTO ${table("identity")} SELECT ${dialect.text(made.generation)}, ${dialect.text(made.lake)} WHERE NOT EXISTS (SELECT 1 FROM ${table("identity")})`,
      `INSERT INTO ${table("migrations")} SELECT ${migration.version}, ${dialect.instant(made.now)}`,
    ]);
  }
  const [identity] = await warehouse.query(
    `SELECT MIN(${dialect.id("generation")}) AS "generation", MIN(${dialect.id("lake")}) AS "lake" FROM ${table("identity")}`,
  );
  if (identity?.lake !== made.lake) {
    throw new FirnError("ledger.generation", {
      what: "The ledger in the warehouse was made for another lake.",
      why: "Batches are counted per lake: what this lake holds would be taken for batches promoted before, and skipped.",
      fix: "Put back the lake that belongs to this warehouse, or remove the warehouse: it is rebuilt from the lake.",
    });
  }
  return { generation: String(identity.generation) };
}
