import assert from "node:assert/strict";
import { runCheck } from "#check/run";
import type { FirnError } from "#core/errors";
import type { Expectation, Pipeline } from "#firn";
import { runLoad } from "#load/run";
import type { Row } from "#ports/warehouse";
import {
  type BronzeRow,
  declared,
  land,
  openWorld,
  putRelease,
  stateOf,
  type TestWorld,
} from "../sql/support.ts";

const columns = {
  id: { type: "integer" },
  name: { type: "text" },
  price: { type: "decimal(8,2)" },
  ok: { type: "boolean" },
  day: { type: "date" },
  from_at: { type: "timestamp" },
  to_at: { type: "timestamp" },
  changed_at: { type: "timestamp" },
  op: { type: "text" },
};
const source = {
  kind: "http",
  connection: "api",
  path: "/p",
  window: { since: "s" },
  paging: { style: "link" },
};
const strategy = {
  kind: "upsert",
  key: ["id"],
  version: ["changed_at"],
  deletedWhen: { column: "op", in: ["d"] },
};

function expecting(...expectations: unknown[]): Pipeline {
  return declared({
    name: "sales",
    source,
    columns,
    strategy,
    watermark: { start: "2024-01-01T00:00:00Z" },
    expectations,
  });
}

const good = (id: number, more: BronzeRow = {}): BronzeRow => ({
  id: String(id),
  name: `n${id}`,
  price: "5.00",
  ok: "true",
  day: "2024-01-15",
  from_at: "2024-01-01T00:00:00Z",
  to_at: "2024-01-02T00:00:00Z",
  changed_at: "2024-02-01T00:00:00Z",
  op: "u",
  ...more,
});
const rows = (count: number, ...more: BronzeRow[]) => [
  ...Array.from({ length: count }, (_, at) => good(at + 1)),
  ...more,
];

/** What an expectation finds in a batch, through load and check as they run. */
async function judge(pipeline: Pipeline, batch: BronzeRow[], malformed?: { text: string; line: number }[]) {
  const world = await openWorld();
  try {
    const { hash, release } = await putRelease(world.lake, pipeline);
    await land(world, pipeline, hash, {
      seq: 1,
      rows: batch,
      ...(malformed && { malformed }),
      file: "in/one.csv",
    });
    const loaded = await runLoad(stateOf(pipeline, hash, 1), world);
    let error: FirnError | undefined;
    try {
      await runCheck(loaded, world);
    } catch (thrown) {
      error = thrown as FirnError;
    }
    const warehouse = await world.warehouse("shop");
    const checks = await warehouse.query(`SELECT * FROM ${release.names.ledger}.checks ORDER BY ALL`);
    const checked = await warehouse.query(
      'SELECT * FROM "raw"."sales__000001__checked" ORDER BY _file, _row',
    );
    return { error, checks, checked };
  } finally {
    await world.close();
  }
}

describe("an expectation", () => {
  /** Each kind: a declaration, rows that pass, rows of which so many fail. */
  const kinds: [
    name: string,
    of: Record<string, unknown>,
    passes: BronzeRow[],
    fails: BronzeRow[],
    failed: number,
  ][] = [
    ["not_null", { kind: "not_null", column: "name" }, rows(3), rows(2, good(3, { name: null })), 1],
    [
      "unique",
      { kind: "unique", columns: ["name", "price"] },
      rows(3, good(4, { name: null }), good(5, { name: null })),
      rows(2, good(3, { name: "n1" })),
      2,
    ],
    [
      "in, for a text",
      { kind: "in", column: "name", values: ["n1", "n2", "n3", "it's"] },
      rows(3, good(4, { name: "it's" }), good(5, { name: null })),
      rows(4),
      1,
    ],
    [
      "in, for a number",
      { kind: "in", column: "price", values: [5, "6.50"] },
      rows(2, good(3, { price: "6.5" })),
      rows(2, good(3, { price: "7" })),
      1,
    ],
    [
      "in, for a text that looks like a number",
      { kind: "in", column: "name", values: [7, "n1"] },
      rows(1, good(2, { name: "7" })),
      rows(2),
      1,
    ],
    [
      "between, for a number",
      { kind: "between", column: "price", min: 5, max: "9.99" },
      rows(2, good(3, { price: "9.99" }), good(4, { price: null })),
      rows(2, good(3, { price: "10" }), good(4, { price: "4.99" })),
      2,
    ],
    [
      "between, for a date",
      { kind: "between", column: "day", min: "2024-01-15" },
      rows(2),
      rows(2, good(3, { day: "2024-01-14" })),
      1,
    ],
    [
      "between, for an instant",
      { kind: "between", column: "to_at", max: "2024-01-02T00:00:00Z" },
      rows(2),
      rows(2, good(3, { to_at: "2024-01-02T00:00:00.000001Z" })),
      1,
    ],
    [
      "regex, of the whole value",
      { kind: "regex", column: "name", pattern: "n[0-9]|it's" },
      rows(2, good(3, { name: "it's" }), good(4, { name: null })),
      rows(2, good(3, { name: "xn1" }), good(4, { name: "n12" })),
      2,
    ],
    ["regex, of a number's text", { kind: "regex", column: "id", pattern: "[0-9]{1}" }, rows(9), rows(10), 1],
    [
      "pair",
      { kind: "pair", left: "from_at", right: "to_at" },
      rows(2, good(3, { to_at: null })),
      rows(2, good(3, { from_at: "2024-01-03T00:00:00Z" })),
      1,
    ],
    ["row_count, too few", { kind: "row_count", min: 3 }, rows(3), rows(2), 1],
    ["row_count, too many", { kind: "row_count", max: 3 }, rows(3), rows(4), 1],
    [
      "accepted",
      { kind: "accepted", mostly: 0.5 },
      rows(2, good(3, { price: "x" })),
      rows(1, good(2, { price: "x" }), good(3, { day: "x" })),
      2,
    ],
  ];

  for (const [name, of, passes, fails, failed] of kinds) {
    it(`is kept or broken by the rows of a batch: ${name}`, async () => {
      const kept = await judge(expecting(of), passes);
      assert.equal(kept.error, undefined);
      assert.deepEqual(
        kept.checks.map(({ failed: bad, passed }) => [bad, passed]),
        [[kept.checks[0]?.failed, true]],
      );
      const broken = await judge(expecting(of), fails);
      assert.equal(broken.error?.code, "check.refused");
      assert.deepEqual(
        broken.checks.map(({ failed: bad, passed }) => [bad, passed]),
        [[String(failed), false]],
      );
    });
  }

  it("passes when the share it declares does, to the row", async () => {
    const batch = rows(9, good(10, { name: null }));
    assert.equal(
      (await judge(expecting({ kind: "not_null", column: "name", mostly: 0.9 }), batch)).error,
      undefined,
    );
    assert.equal(
      (await judge(expecting({ kind: "not_null", column: "name", mostly: 0.91 }), batch)).error?.code,
      "check.refused",
    );
  });

  it("judges neither deletes nor rows in quarantine", async () => {
    const batch = rows(2, good(3, { name: null, op: "d" }), good(4, { name: null, price: "x" }));
    const { error, checks } = await judge(expecting({ kind: "not_null", column: "name" }), batch);
    assert.equal(error, undefined);
    assert.deepEqual(
      checks.map(({ failed, total }) => [failed, total]),
      [["0", "2"]],
    );
  });

  it("passes on a batch without a good row, which only accepted judges", async () => {
    const batch = [good(1, { price: "x" })];
    assert.equal(
      (
        await judge(
          expecting({ kind: "not_null", column: "name" }, { kind: "unique", columns: ["name"] }),
          batch,
        )
      ).error,
      undefined,
    );
    assert.equal(
      (await judge(expecting({ kind: "accepted", mostly: 0.01 }), batch)).error?.code,
      "check.refused",
    );
  });

  it("refuses the batch with what failed, how often, and what to do", async () => {
    const two = [
      { kind: "not_null", column: "name" },
      { kind: "between", column: "price", max: 1, mostly: 0.5 },
      { kind: "row_count", min: 1 },
    ] satisfies Partial<Expectation>[];
    const { error } = await judge(
      expecting(...two),
      rows(2, good(3, { name: null }), good(4, { day: "soon" })),
    );
    assert.equal(
      error?.message,
      "Batch sales.000001 fails 2 expectations: not_null (column name): 1 of 3 rows fail; between (column price, max 1, mostly 0.5): 3 of 3 rows fail; 1 rows are bad in themselves. " +
        "Nothing of it was promoted, silver and the watermark are as before, and bronze holds what the source sent. " +
        'See its rows in shop.raw.sales__000001__checked. If they are right, mend the expectation or the columns of "sales" and run again: the batch is checked again from bronze, with no call to the source. If they are wrong, give the expectation quarantine: true (or a mostly that they pass): its bad rows are set aside, and the good ones go on.',
    );
    assert.equal(error?.blame, "data");
  });
});

describe("a relationship between two pipelines", () => {
  const watermark = { start: "2024-01-01T00:00:00Z" };
  const people = {
    name: "people",
    source,
    watermark,
    columns: { id: { type: "integer" }, changed_at: { type: "timestamp" } },
    strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
  };
  const expectations = [{ kind: "relationship", column: "id", to: "people", toColumn: "id" }];
  const child = declared({ name: "sales", source, columns, strategy, watermark, expectations }, people);

  let world: TestWorld;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  async function judged(batch: BronzeRow[]): Promise<Row[]> {
    const { hash, release } = await putRelease(world.lake, child, declared(people));
    await land(world, child, hash, { seq: 1, rows: batch });
    await assert.rejects(async () => runCheck(await runLoad(stateOf(child, hash, 1), world), world), {
      code: "check.refused",
    });
    return (await world.warehouse("shop")).query(`SELECT failed, total FROM ${release.names.ledger}.checks`);
  }

  it("finds children whose parent is not in silver, or was deleted there", async () => {
    await (await world.warehouse("shop")).run([
      "CREATE SCHEMA silver",
      "CREATE TABLE silver.people (id BIGINT, _deleted BOOLEAN)",
      "INSERT INTO silver.people VALUES (1, FALSE), (2, TRUE)",
    ]);
    assert.deepEqual(await judged(rows(3)), [{ failed: "2", total: "3" }]);
  });

  it("refuses a batch that comes before its parents were ever promoted", async () => {
    assert.deepEqual(await judged(rows(3)), [{ failed: "3", total: "3" }]);
  });
});
