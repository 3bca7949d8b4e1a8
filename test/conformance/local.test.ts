import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openFileAlerts } from "#adapters/alerts/file";
import { openLocalSecrets } from "#adapters/secrets/local";
import { openFolderStore } from "#adapters/stores/folder";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import type { Alert } from "#ports/alerts";
import { alertsConformance } from "./alerts.ts";
import { secretsConformance } from "./secrets.ts";
import { storeConformance } from "./store.ts";
import { warehouseConformance } from "./warehouse.ts";

let names = 0;

storeConformance("folder", async () => {
  const { folder, remove } = await ownFolder();
  const store = await openFolderStore(join(folder, "lake"), () => `name-${++names}`);
  return {
    store,
    readAt: (location) => readFile(location),
    leaveUnfinished: (body) => writeFile(join(folder, "lake", ".tmp", "left"), body),
    remove,
  };
});

warehouseConformance("DuckDB", async () => {
  const { folder, remove } = await ownFolder();
  const warehouse = await openDuckdbWarehouse({
    path: join(folder, "warehouse", "team.duckdb"),
    temporaryFolder: join(folder, "spill"),
    tag: "conformance",
  });
  const prefix = join(folder, "lake/");
  return {
    warehouse,
    prefix,
    async putParquet(key, values) {
      await mkdir(dirname(prefix + key), { recursive: true });
      const rows = values.map((each) => (each === null ? "(NULL)" : `('${each.replaceAll("'", "''")}')`));
      const connection = await (await DuckDBInstance.create(":memory:")).connect();
      await connection.run(
        `COPY (SELECT CAST(name AS VARCHAR) AS name FROM (VALUES ${rows.join(", ")}) AS v (name)) TO '${prefix + key}' (FORMAT parquet)`,
      );
      connection.closeSync();
    },
    async remove() {
      await warehouse.close();
      await remove();
    },
  };
});

secretsConformance("environment's", async () => {
  const { folder, remove } = await ownFolder();
  const value = "s3cret-value";
  const secrets = openLocalSecrets(folder, { FIRN_SECRET_A_TOKEN: value }, () => "ab".repeat(32));
  return { secrets, value, remove };
});

alertsConformance("file", async () => {
  const { folder, remove } = await ownFolder();
  const path = join(folder, "alerts.jsonl");
  const arrived = async () =>
    (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Alert);
  return { alerts: openFileAlerts(path), arrived, remove };
});

describe("the environment's secrets, asked by many processes at once", () => {
  it("make one PII key, whoever is first", async () => {
    const { folder, remove } = await ownFolder();
    const openers = Array.from({ length: 20 }, (_, n) =>
      openLocalSecrets(folder, {}, () => String(n).padStart(64, "0")),
    );
    const got = await Promise.all(openers.map((secrets) => secrets.get("team_pii_key")));
    assert.equal(new Set(got).size, 1);
    await remove();
  });
});

async function ownFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "firn-conformance-"));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
