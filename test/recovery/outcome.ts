import type { BatchPlan, Manifest } from "#core/batch";
import { warehouseNames } from "#core/names";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Ports } from "#ports";
import type { Row } from "#ports/warehouse";
import { planDigest } from "#sql/digest";
import { quarantineColumns, silverDefinition } from "#sql/tables";
import { type Gold, readGold } from "./gold.ts";
import type { SmallRun } from "./small.ts";

/** All that must be the same whether a run was killed or not. Attempts, epochs and lease are not in it. */
export interface Outcome {
  /** Whole-row digests of every column, the audit's too. */
  silver: Record<string, unknown>;
  quarantine: Record<string, unknown>;
  ledger: Record<string, Row[]>;
  lake: { plans: BatchPlan[]; manifests: unknown[] };
  /** Transient tables left behind in raw. */
  raw: string[];
  gold: Gold;
}

/** Columns of `batches` that name an attempt or a run, and so differ after a kill. */
const ofAttempts = ["attempt", "run_id", "epoch", "started_at"];

export async function readOutcome({ stacks }: SmallRun, ports: Ports): Promise<Outcome> {
  const outcome: Outcome = {
    silver: {},
    quarantine: {},
    ledger: {},
    lake: { plans: [], manifests: [] },
    raw: [],
    gold: { tables: {}, builds: [] },
  };
  for (const { name: team, pipelines } of stacks.teams) {
    const names = warehouseNames(team);
    const warehouse = await ports.warehouse(team);
    const store = await ports.store(team);
    const { dialect } = warehouse;
    for (const pipeline of pipelines) {
      const { name } = pipeline;
      const digest = async (schema: string, columns: Parameters<typeof planDigest>[2]) =>
        (await warehouse.query(planDigest(dialect, { schema, name }, columns)))[0];
      outcome.silver[name] = await digest(names.silver, silverDefinition(pipeline));
      outcome.quarantine[name] = await digest(names.quarantine, [...quarantineColumns]);
      outcome.lake.plans.push(...(await readAll<BatchPlan>(`raw/${name}/plans/`)));
      for (const manifest of await readAll<Manifest>(`raw/${name}/manifests/`))
        outcome.lake.manifests.push(withoutAttempt(manifest));
    }
    for (const table of ["batches", "watermarks", "dedup", "sequences", "partitions", "checks"] as const) {
      const columns = ledgerTables[table]
        .map(({ name }) => name)
        .filter((name) => !ofAttempts.includes(name));
      const shown = columns.map((name) => dialect.id(name)).join(", ");
      outcome.ledger[table] = await warehouse.query(
        `SELECT ${shown} FROM ${dialect.table(ledgerTable(names.ledger, table))} ORDER BY ALL`,
      );
    }
    const left = await warehouse.query(
      `SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = ${dialect.text(names.raw)} ORDER BY 1`,
    );
    outcome.gold = await readGold(team, warehouse);
    outcome.raw.push(...left.map(({ name }) => String(name)));

    async function readAll<T>(prefix: string): Promise<T[]> {
      const bodies = await Promise.all((await store.list(prefix)).map((key) => store.get(key)));
      return bodies.map((body) => JSON.parse(new TextDecoder().decode(body ?? undefined)) as T);
    }
  }
  return outcome;
}

function withoutAttempt({ attempt, ...manifest }: Manifest): unknown {
  return JSON.parse(JSON.stringify(manifest).replaceAll(`/${attempt}/`, "/<attempt>/"));
}
