import assert from "node:assert/strict";
import { openRig, type Rig } from "../support/pipeline.ts";

const orders = {
  name: "orders",
  source: { kind: "files", connection: "inbox" },
  columns: {
    id: { type: "integer" },
    sku: { type: "text", required: true },
    amount: { type: "decimal(8,2)" },
    version: { type: "integer" },
  },
  strategy: { kind: "upsert", key: ["id"], version: ["version"] },
};
const quarantined = { quarantined: true };

describe("replaying rows in quarantine", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(orders);
  });
  afterEach(() => rig.close());

  const reasons = async () =>
    (await rig.query("SELECT reason FROM quarantine.orders ORDER BY _file, _row")).map(
      ({ reason }) => reason,
    );
  const lines = (...rows: Record<string, unknown>[]) =>
    rows.map((row) => `${JSON.stringify(row)}\n`).join("");

  it("promotes just those rows after a corrected cast, with a new commit and their own address", async () => {
    const dated = (format: string) => ({
      ...orders,
      columns: { ...orders.columns, due: { type: "date", format } },
    });
    rig.declare(dated("YYYY-MM-DD"));
    await rig.deliver(
      "a.jsonl",
      lines(
        { id: 1, sku: "a", due: "2024-05-01", version: 1 },
        { id: 2, sku: "b", due: "31/05/2024", version: 1 },
        { id: 3, sku: "c", due: "soon", version: 1 },
      ),
    );
    await rig.run();
    assert.deepEqual(await reasons(), Array(2).fill("due: not a date as YYYY-MM-DD"));
    rig.declare(dated("DD/MM/YYYY"));
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id", "due", "batch_id", "_file", "_row", "commit_seq"), [
      "1 2024-05-01 orders.000001 a.jsonl 1 1",
      "2 2024-05-31 orders.000001 a.jsonl 2 2",
    ]);
    assert.deepEqual(await reasons(), ["due: not a date as DD/MM/YYYY"]);
  });

  it("takes an alias that was declared since: the field was kept in the record", async () => {
    await rig.deliver("a.jsonl", lines({ id: 1, sku: "a", version: 1 }, { id: 2, SKU: "b", version: 1 }));
    await rig.run();
    assert.deepEqual(await reasons(), ["sku: missing"]);
    const standing = await rig.query("SELECT * FROM silver.orders");
    rig.declare({
      ...orders,
      columns: { ...orders.columns, sku: { type: "text", required: true, from: "SKU" } },
    });
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id", "sku", "batch_id", "_file", "_row", "commit_seq"), [
      "1 a orders.000001 a.jsonl 1 1",
      "2 b orders.000001 a.jsonl 2 2",
    ]);
    assert.deepEqual(
      await rig.query("SELECT * FROM silver.orders WHERE id = 1"),
      standing,
      "the others stay",
    );
    assert.deepEqual(await reasons(), []);
    const [, replayed] = await rig.batches();
    assert.deepEqual([replayed?.landed, replayed?.promoted, replayed?.replay], ["1", "1", true]);
  });

  it("takes rows that an expectation set aside, once it is changed", async () => {
    const between = (max: number) => ({
      ...orders,
      expectations: [{ kind: "between", column: "amount", min: 0, max, quarantine: true }],
    });
    rig.declare(between(100));
    await rig.deliver(
      "a.jsonl",
      lines(
        { id: 1, sku: "a", amount: "5", version: 1 },
        { id: 2, sku: "b", amount: "500", version: 1 },
        { id: 3, sku: "c", amount: "-1", version: 1 },
      ),
    );
    await rig.run();
    assert.deepEqual(await rig.live("id"), ["1"], "the batch goes on without them");
    assert.deepEqual(await reasons(), Array(2).fill("fails between (column amount, min 0, max 100)"));
    rig.declare(between(1000));
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id", "amount"), ["1 5.00", "2 500.00"]);
    assert.deepEqual(await reasons(), ["fails between (column amount, min 0, max 1000)"]);
  });

  it("lets a mended row leave quarantine that silver has overtaken, without promoting it", async () => {
    await rig.deliver("a.jsonl", lines({ id: 1, SKU: "old", version: 1 }));
    await rig.run();
    await rig.deliver("b.jsonl", lines({ id: 1, sku: "new", version: 2 }));
    await rig.run();
    rig.declare({ ...orders, columns: { ...orders.columns, sku: { type: "text", from: "SKU" } } });
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id", "sku"), ["1 new"]);
    assert.deepEqual(await reasons(), []);
    assert.deepEqual((await rig.batches()).at(-1)?.unchanged, "1");
  });

  it("leaves rows of other batches, and records that could not be read, where they are", async () => {
    await rig.deliver("a.jsonl", `{oops\n${lines({ id: 1, SKU: "a", version: 1 })}`);
    await rig.run();
    await rig.deliver("b.jsonl", lines({ id: 2, SKU: "b", version: 1 }));
    await rig.run();
    rig.declare({ ...orders, columns: { ...orders.columns, sku: { type: "text", from: "SKU" } } });
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id"), ["1"]);
    assert.deepEqual(await reasons(), ["the record could not be read", "sku: missing"]);
    await rig.replay(2, quarantined);
    assert.deepEqual(await rig.live("id"), ["1", "2"]);
  });

  it("asks no expectation of the whole batch: it sees a part", async () => {
    const counted = { ...orders, expectations: [{ kind: "row_count", min: 2 }] };
    rig.declare(counted);
    await rig.deliver(
      "a.jsonl",
      lines(
        { id: 1, sku: "a", version: 1 },
        { id: 2, sku: "b", version: 1 },
        { id: 3, SKU: "c", version: 1 },
      ),
    );
    await rig.run();
    rig.declare({ ...counted, columns: { ...orders.columns, sku: { type: "text", from: "SKU" } } });
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id"), ["1", "2", "3"]);
  });

  it("keeps a row that breaks what all rows must keep, though no batch is judged", async () => {
    const between = (more: object) => ({
      ...orders,
      expectations: [{ kind: "between", column: "amount", min: 0, max: 100, ...more }],
    });
    rig.declare(between({ quarantine: true }));
    await rig.deliver("a.jsonl", lines({ id: 1, sku: "a", amount: "500", version: 1 }));
    await rig.run();
    rig.declare(between({}));
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id"), []);
    assert.deepEqual(await reasons(), ["fails between (column amount, min 0, max 100)"]);
    rig.declare(between({ mostly: 0.5 }));
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id"), ["1"], "some may break it now");
  });

  it("promotes all lines of an order together that waited for one of them", async () => {
    const lineItems = {
      ...orders,
      strategy: { kind: "replace_children", parent: ["id"], key: ["sku"], version: ["version"] },
    };
    rig.declare(lineItems);
    await rig.deliver(
      "a.jsonl",
      lines({ id: 1, sku: "a", amount: "1", version: 1 }, { id: 1, sku: "gone", amount: "1", version: 1 }),
    );
    await rig.run();
    await rig.deliver(
      "b.jsonl",
      lines(
        { id: 1, sku: "a", amount: "2", version: 2 },
        { id: 1, sku: "b", AMOUNT: "3", amount: "three", version: 2 },
        { id: 2, sku: "x", version: 1 },
      ),
    );
    await rig.run();
    assert.deepEqual(await rig.live("id", "sku", "amount"), ["1 a 1.00", "1 gone 1.00", "2 x -"]);
    rig.declare({
      ...lineItems,
      columns: { ...orders.columns, amount: { type: "decimal(8,2)", from: "AMOUNT" } },
    });
    await rig.replay(2, quarantined);
    assert.deepEqual(await rig.live("id", "sku", "amount"), ["1 a 2.00", "1 b 3.00", "2 x -"]);
  });

  it("completes a partition that was replaced without its bad rows", async () => {
    const daily = {
      ...orders,
      strategy: {
        kind: "replace_partition",
        partition: { by: "file", pattern: "(?<partition>day\\d)_v(?<version>\\d)" },
        despiteQuarantine: true,
      },
    };
    rig.declare(daily);
    await rig.deliver(
      "day1_v1.jsonl",
      lines({ id: 1, sku: "a", version: 1 }, { id: 2, SKU: "b", version: 1 }),
    );
    await rig.run();
    assert.deepEqual(await rig.live("id"), ["1"]);
    rig.declare({ ...daily, columns: { ...orders.columns, sku: { type: "text", from: "SKU" } } });
    await rig.replay(1, quarantined);
    assert.deepEqual(await rig.live("id", "sku", "commit_seq"), ["1 a 1", "2 b 2"]);
    assert.deepEqual(await reasons(), []);
  });
});
