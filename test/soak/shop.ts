/** The shop: four pipelines of one team, one of each strategy, over HTTP and from files. */
import { type Environment, parseStacks, pipeline, team } from "#firn";

export const teamName = "shop";
export const secrets = { shop_token: "token-of-the-soaked-shop" };

const http = (path: string) =>
  ({
    kind: "http",
    connection: "shop_api",
    path,
    auth: { kind: "bearer", secret: "shop_token" },
    window: { since: "since", before: "before" },
    pageSize: { param: "limit", value: 20 },
    paging: { style: "link" },
    shards: 2,
    limits: { attempts: 3 },
  }) as const;
/** Rows may be seen five hours late: committed late, and by a replica that is behind. */
const watermark = {
  start: "2024-03-01T00:00:00Z",
  lagSeconds: 300,
  overlapSeconds: 6 * 3600,
  batchDaysMax: 2,
};
const ref = { type: "text" } as const;

const items = pipeline({
  name: "items",
  source: http("/items"),
  columns: {
    item_id: { type: "integer" },
    name: { type: "text", required: true },
    price: { type: "decimal(8,2)" },
    note: { type: "text" },
    status: { type: "text" },
    lsn: { type: "integer" },
    ref,
  },
  strategy: {
    kind: "upsert",
    key: ["item_id"],
    version: ["lsn"],
    deletedWhen: { column: "status", in: ["gone"] },
  },
  watermark,
});

const lines = pipeline({
  name: "lines",
  source: http("/lines"),
  columns: {
    order_id: { type: "integer" },
    line: { type: "integer" },
    units: { type: "integer", required: true },
    op: { type: "text" },
    changed_at: { type: "timestamp" },
    ref,
  },
  strategy: {
    kind: "replace_children",
    parent: ["order_id"],
    key: ["line"],
    version: ["changed_at"],
    deletedWhen: { column: "op", in: ["d"] },
  },
  watermark,
});

const clicks = pipeline({
  name: "clicks",
  source: { kind: "files", connection: "clicks_inbox" },
  columns: { event_id: { type: "text" }, amount: { type: "decimal(8,2)" }, ref },
  strategy: { kind: "append", ids: ["event_id"], rememberDays: 90 },
});

const sales = pipeline({
  name: "sales",
  source: { kind: "files", connection: "sales_inbox" },
  columns: { sku: { type: "text", required: true }, units: { type: "integer", required: true }, ref },
  strategy: {
    kind: "replace_partition",
    partition: { by: "file", pattern: "sales_(?<partition>[0-9-]+)_v(?<version>[0-9]+)" },
    despiteQuarantine: true,
  },
});

/** What silver shows of a live row, as the history's `shown`. */
export const shownColumns: Record<string, string[]> = {
  items: ["item_id", "name", "price", "note", "ref"],
  lines: ["order_id", "line", "units", "ref"],
  clicks: ["event_id", "amount"],
  sales: ["_partition", "sku", "units", "ref"],
};

export function openShop(address: string, inbox: string) {
  const environment: Environment = {
    name: "soak",
    connections: { shop_api: address, clicks_inbox: `${inbox}/clicks`, sales_inbox: `${inbox}/sales` },
    // A failed run is run again at the next hour, as a schedule would.
    retry: { attempts: 0, intervalSeconds: 1 },
    stageSecondsMax: 86_400,
    leaseSeconds: 3600,
  };
  const { teams } = parseStacks({
    environment,
    teams: [team({ name: teamName, pipelines: [items, lines, clicks, sales] })],
  });
  return { environment, stacks: { environment, teams } };
}
