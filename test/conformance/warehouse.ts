import assert from "node:assert/strict";
import type { StatementRecord } from "#core/models";
import type { Row, Warehouse } from "#ports/warehouse";
import { type ColumnDefinition, fenceRefused, type Promotion, type SqlType } from "#sql/dialect";
import { planDigest } from "#sql/digest";

/** An empty database of its own, a place its `load` can read, and how to leave no trace of both. */
export interface OpenedWarehouse {
  warehouse: Warehouse;
  /** Where keys begin, as `Store.location("")` says. */
  prefix: string;
  /** Puts a Parquet file of one text column `name` under the key. */
  putParquet(key: string, names: (string | null)[]): Promise<void>;
  remove(): Promise<void>;
}

/** What every warehouse must keep to; a new one calls this with a way to open an empty one. */
export function warehouseConformance(name: string, open: () => Promise<OpenedWarehouse>): void {
  describe(`the ${name} warehouse`, () => {
    let opened: OpenedWarehouse;
    let warehouse: Warehouse;
    const people = { schema: "silver", name: "people" };
    const peopleColumns: ColumnDefinition[] = [
      { name: "id", type: "integer" },
      { name: "name", type: "text" },
    ];

    beforeEach(async () => {
      opened = await open();
      warehouse = opened.warehouse;
      const { dialect } = warehouse;
      await warehouse.run([
        ...dialect.createSchema("silver"),
        ...dialect.createSchema("ledger"),
        dialect.createTable(people, peopleColumns),
        dialect.createTable(fence, [
          { name: "epoch", type: "bigint" },
          { name: "token", type: "text" },
        ]),
        `INSERT INTO ${dialect.table(fence)} VALUES (1, '')`,
      ]);
    });

    afterEach(() => opened.remove());

    const fence = { schema: "ledger", name: "fence" };

    it("gives names in lower case and nulls as null", async () => {
      const [row] = await query(`SELECT 1 AS "small", NULL AS "nothing", 'x' AS "text", TRUE AS "yes"`);
      assert.deepEqual(Object.keys(row ?? {}), ["small", "nothing", "text", "yes"]);
      assert.equal(Number(row?.small), 1);
      assert.deepEqual([row?.nothing, row?.text, row?.yes], [null, "x", true]);
    });

    it("gives integers beyond 2^53 and decimals without losing a digit", async () => {
      const { dialect } = warehouse;
      const [row] = await query(
        `SELECT CAST(9007199254740993 AS ${dialect.type("bigint")}) AS "big", CAST(-9223372036854775808 AS ${dialect.type("bigint")}) AS "least", ` +
          `CAST('12345678901234567890.123456789' AS ${dialect.type("decimal(38,9)")}) AS "exact"`,
      );
      assert.deepEqual(
        [String(row?.big), String(row?.least), String(row?.exact)],
        ["9007199254740993", "-9223372036854775808", "12345678901234567890.123456789"],
      );
      assert.equal(typeof row?.exact, "string");
    });

    it("keeps an instant to the microsecond, whatever the session's zone", async () => {
      const { dialect } = warehouse;
      const instant = dialect.canonical(dialect.instant("2024-03-31T01:30:00.123456Z"), "timestamp");
      assert.deepEqual(await query(`SELECT ${instant} AS "at"`), [{ at: "2024-03-31T01:30:00.123456Z" }]);
      const shifted = dialect.canonical(dialect.tryInstant("'2024-03-31T03:30:00+02:00'"), "timestamp");
      assert.deepEqual(await query(`SELECT ${shifted} AS "at"`), [{ at: "2024-03-31T01:30:00.000000Z" }]);
    });

    it("quotes texts and names so that nothing in them is SQL", async () => {
      const { dialect } = warehouse;
      for (const odd of ["it's", "a\\b", '"quoted"', "--", "a;b", "line\nbreak", "zażółć 🧊", ""])
        assert.deepEqual(await query(`SELECT ${dialect.text(odd)} AS "odd"`), [{ odd }]);
      const table = { schema: "silver", name: "select" };
      await warehouse.run([dialect.createTable(table, [{ name: "order", type: "text" }])]);
      assert.deepEqual(await query(`SELECT * FROM ${dialect.table(table)}`), []);
    });

    it("runs all its DDL a second time without harm", async () => {
      const { dialect } = warehouse;
      const copy = { schema: "silver", name: "people_copy" };
      await addPeople([[1, "a"]]);
      const statements = [
        ...dialect.createSchema("silver"),
        dialect.createTable(people, peopleColumns),
        dialect.addColumn(people, { name: "more", type: "decimal(12,3)" }),
        dialect.createTransientAs(copy, `SELECT * FROM ${dialect.table(people)}`),
      ];
      await warehouse.run(statements);
      await warehouse.run(statements);
      assert.equal(await count(people), 1);
      assert.equal(await count(copy), 1);
      await warehouse.run([dialect.dropTable(copy), dialect.dropTable(copy)]);
      assert.deepEqual(await query(dialect.describe(copy)), []);
    });

    it("stops at the first of its statements that fails and keeps those before it", async () => {
      const { dialect } = warehouse;
      const add = (id: number) => `INSERT INTO ${dialect.table(people)} VALUES (${id}, 'x')`;
      await assert.rejects(warehouse.run([add(1), "SELECT * FROM no_such_table", add(2)]), {
        code: "warehouse.failed",
      });
      assert.equal(await count(people), 1);
    });

    it("says warehouse.failed of a query that it cannot run, and goes on", async () => {
      await assert.rejects(query("SELECT * FROM no_such_table"), { code: "warehouse.failed", blame: "bug" });
      assert.equal(await count(people), 0);
    });

    it("describes each type as the same type, and as no other", async () => {
      const { dialect } = warehouse;
      const families: SqlType[] = ["text", "float", "boolean", "date", "timestamp", "json"];
      const types: SqlType[] = [...families, "integer", "bigint", "decimal(12,3)"];
      const typed = { schema: "silver", name: "typed" };
      await warehouse.run([
        dialect.createTable(
          typed,
          types.map((type, at) => ({ name: `c${at}`, type })),
        ),
      ]);
      const described = await query(dialect.describe(typed));
      assert.deepEqual(
        described.map((row) => row.name),
        types.map((_, at) => `c${at}`),
      );
      described.forEach((row, at) => {
        const type = types[at] as SqlType;
        assert.ok(dialect.sameType(String(row.type), type), `${row.type} should be ${type}`);
        for (const other of families.filter((each) => each !== type))
          assert.ok(!dialect.sameType(String(row.type), other), `${row.type} should not be ${other}`);
      });
    });

    it("promotes everything between the fence and the commit", async () => {
      await warehouse.promote(promotion({ token: "t1" }));
      assert.equal(await count(people), 2);
      assert.equal((await fenceRow()).token, "t1");
    });

    it("promotes nothing where a statement in the middle fails", async () => {
      await assert.rejects(warehouse.promote(promotion({ middle: "INSERT INTO no_such_table VALUES (1)" })), {
        code: "warehouse.failed",
      });
      assert.equal(await count(people), 0);
      assert.equal((await fenceRow()).token, "");
      await warehouse.promote(promotion({ token: "t2" }));
      assert.equal(await count(people), 2);
    });

    it("refuses a promotion of an older epoch with lease.lost, changes no row, and can be used after", async () => {
      await warehouse.promote(promotion({ epoch: 2, token: "newer" }));
      await assert.rejects(warehouse.promote(promotion({ epoch: 1, token: "older" })), {
        code: "lease.lost",
        blame: "transient",
      });
      assert.equal(await count(people), 2);
      assert.equal((await fenceRow()).token, "newer");
      await warehouse.promote(promotion({ epoch: 3, token: "newest" }));
      assert.equal(await count(people), 4);
    });

    it("refuses a promotion into a replaced ledger with ledger.generation, and can be used after", async () => {
      await assert.rejects(warehouse.promote(promotion({ known: "1 = 0" })), { code: "ledger.generation" });
      assert.equal(await count(people), 0);
      assert.equal((await fenceRow()).token, "");
      await warehouse.promote(promotion({ token: "t3" }));
      assert.equal(await count(people), 2);
    });

    it("takes a row that merely holds the fence's mark for data", async () => {
      const { dialect } = warehouse;
      const middle = `INSERT INTO ${dialect.table(people)} VALUES (9, ${dialect.text(fenceRefused)})`;
      await warehouse.promote(promotion({ token: "t4", middle }));
      assert.equal(await count(people), 3);
    });

    it("loads exactly the files named, each row with its file and its number in it", async () => {
      const { dialect } = warehouse;
      const table = { schema: "silver", name: "loaded" };
      const files: Record<string, (string | null)[]> = {
        "raw/p/ingest_date=2024-01-15/000001/a/s001-00001.parquet": ["ann", null, "it's"],
        "raw/p/ingest_date=2024-01-15/000001/a/s001-00002.parquet": ["bob"],
        "raw/p/ingest_date=2024-01-15/000001/b/s001-00001.parquet": ["orphan"],
      };
      for (const [key, names] of Object.entries(files)) await opened.putParquet(key, names);
      const keys = Object.keys(files).slice(0, 2);
      const columns: ColumnDefinition[] = [
        { name: "name", type: "text" },
        { name: "_file", type: "text" },
        { name: "_row", type: "bigint" },
      ];
      await warehouse.run([
        dialect.createTable(table, columns, { transient: true }),
        ...dialect.load({ table, columns: ["name"], prefix: opened.prefix, keys }),
      ]);
      const rows = await query(
        `SELECT ${columns.map(({ name: column }) => `${dialect.id(column)} AS "${column}"`).join(", ")} FROM ${dialect.table(table)} ORDER BY 2, 3`,
      );
      assert.deepEqual(
        rows.map((row) => [row.name, row._file, Number(row._row)]),
        keys.flatMap((key) => (files[key] ?? []).map((each, at) => [each, key, at + 1])),
      );
    });

    it("digests equal rows equally in whatever order, and shows a doubled, a changed and a null row", async () => {
      const { dialect } = warehouse;
      const digest = async () => (await query(planDigest(dialect, people, peopleColumns)))[0];
      const seen = new Set<string>();
      const rows: [number, string | null][] = [
        [1, "a"],
        [2, null],
        [3, ""],
      ];
      for (const order of [rows, [...rows].reverse()]) {
        await clear();
        await addPeople(order);
        seen.add(JSON.stringify(await digest()));
      }
      assert.equal(seen.size, 1, "order shows");
      const others: [number, string | null][][] = [
        [...rows, [3, ""]],
        rows.slice(1),
        [...rows.slice(0, 2), [3, null]],
        [...rows.slice(0, 1), [2, "null"], [3, ""]],
        [...rows.slice(0, 1), [2, "-"], [3, ""]],
      ];
      for (const other of others) {
        await clear();
        await addPeople(other);
        const told = JSON.stringify(await digest());
        assert.ok(!seen.has(told), `${JSON.stringify(other)} has the digest of other rows`);
        seen.add(told);
      }
    });

    describe("watched", () => {
      let told: StatementRecord[];
      const verbs = () => told.map(({ verb }) => verb);

      beforeEach(() => {
        told = [];
        warehouse.watch((statement) => told.push(statement), { profile: true });
      });

      it("tells each statement once, in order, with its verb, and equal texts by equal digests", async () => {
        await addPeople([[1, "a"]]);
        await query("  -- how many\n SELECT 1");
        await addPeople([[1, "a"]]);
        await addPeople([[2, "b"]]);
        assert.deepEqual(verbs(), ["INSERT", "SELECT", "INSERT", "INSERT"]);
        const [first, , again, other] = told.map(({ digest }) => digest);
        assert.match(first ?? "", /^[0-9a-f]{16}$/);
        assert.equal(first, again);
        assert.notEqual(first, other);
        for (const { seconds, startedAt } of told) {
          assert.ok(seconds >= 0);
          assert.equal(new Date(startedAt).toISOString(), startedAt);
        }
      });

      it("tells what statements changed, and that DDL and reading changed nothing", async () => {
        const { dialect } = warehouse;
        const copy = { schema: "silver", name: "people_copy" };
        await addPeople([
          [1, "a"],
          [2, "b"],
          [3, null],
        ]);
        await warehouse.run([
          dialect.createTransientAs(
            copy,
            `WITH few AS (SELECT * FROM ${dialect.table(people)} WHERE ${dialect.id("id")} < 3) SELECT * FROM few UNION SELECT * FROM few`,
          ),
          `DELETE FROM ${dialect.table(people)} WHERE ${dialect.id("id")} = 1`,
          `MERGE INTO ${dialect.table(people)} AS t USING ${dialect.table(copy)} AS s ON t.${dialect.id("id")} = s.${dialect.id("id")} ` +
            `WHEN MATCHED THEN UPDATE SET ${dialect.id("name")} = s.${dialect.id("name")} ` +
            `WHEN NOT MATCHED THEN INSERT VALUES (s.${dialect.id("id")}, s.${dialect.id("name")})`,
          ...dialect.createSchema("silver"),
        ]);
        await count(people);
        assert.deepEqual(
          told.map(({ verb, rowsWritten }) => [verb, rowsWritten]),
          [
            ["INSERT", 3],
            ["CREATE", 2],
            ["DELETE", 1],
            ["MERGE", 2],
            ["CREATE", null],
            ["SELECT", null],
          ],
        );
      });

      it("tells the rows and bytes that were scanned, by the columns that were read", async () => {
        const { dialect } = warehouse;
        await addPeople(Array.from({ length: 1000 }, (_, id) => [id, "x".repeat(40)]));
        told.length = 0;
        await query(`SELECT SUM(${dialect.id("id")}) AS "sum" FROM ${dialect.table(people)}`);
        await query(
          `SELECT MAX(${dialect.id("name")}) AS "max", SUM(${dialect.id("id")}) AS "sum" FROM ${dialect.table(people)}`,
        );
        await query(
          `SELECT SUM(${dialect.id("id")}) AS "sum" FROM ${dialect.table(people)} WHERE ${dialect.id("name")} > 'a'`,
        );
        assert.deepEqual(
          told.map(({ rowsScanned }) => rowsScanned),
          [1000, 1000, 1000],
        );
        const [narrow = 0, wide = 0, filtered = 0] = told.map(({ bytesScanned }) => bytesScanned ?? 0);
        assert.ok(narrow > 0 && narrow < wide, `${narrow} < ${wide}`);
        assert.equal(filtered, wide);
      });

      it("tells a promotion's statements one by one", async () => {
        await warehouse.promote(promotion({ token: "t5" }));
        assert.equal(await count(people), 2);
        const inserts = told.filter(({ verb }) => verb === "INSERT");
        assert.deepEqual(
          inserts.map(({ rowsWritten }) => rowsWritten),
          [1, 1],
        );
        assert.ok(verbs().includes("UPDATE") && verbs().includes("COMMIT"), verbs().join());
      });

      it("promotes nothing where a statement in the middle fails, and tells also what failed", async () => {
        const middle = "INSERT INTO no_such_table VALUES (1)";
        await assert.rejects(warehouse.promote(promotion({ middle })), { code: "warehouse.failed" });
        assert.equal(told.at(-1)?.verb, "INSERT");
        assert.equal(told.at(-1)?.rowsWritten, null);
        assert.equal(await count(people), 0);
        assert.equal((await fenceRow()).token, "");
      });

      it("refuses as it does unwatched", async () => {
        await warehouse.promote(promotion({ epoch: 2, token: "newer" }));
        await assert.rejects(warehouse.promote(promotion({ epoch: 1 })), { code: "lease.lost" });
        await assert.rejects(warehouse.promote(promotion({ epoch: 2, known: "1 = 0" })), {
          code: "ledger.generation",
        });
        assert.equal(await count(people), 2);
      });

      it("keeps a promotion whole while other statements are asked for", async () => {
        const middle = "INSERT INTO no_such_table VALUES (1)";
        let over = false;
        const refused = assert
          .rejects(warehouse.promote(promotion({ middle })), { code: "warehouse.failed" })
          .finally(() => {
            over = true;
          });
        let asked = 0;
        while (!over) {
          await addPeople([[7, "asked for meanwhile"]]);
          asked++;
        }
        await refused;
        assert.equal(await count(people), asked);
      });

      it("tells no scan where it was not asked to profile, and nothing once it is over", async () => {
        warehouse.watch((statement) => told.push(statement));
        await addPeople([[1, "a"]]);
        await count(people);
        assert.deepEqual(
          told.map(({ rowsScanned, bytesScanned, rowsWritten }) => [rowsScanned, bytesScanned, rowsWritten]),
          [
            [null, null, null],
            [null, null, null],
          ],
        );
        warehouse.watch(null);
        await count(people);
        assert.equal(told.length, 2);
      });
    });

    function promotion(of: { epoch?: number; token?: string; middle?: string; known?: string }): string {
      const { dialect } = warehouse;
      const token = dialect.text(of.token ?? "token");
      const add = (id: number) => `INSERT INTO ${dialect.table(people)} VALUES (${id}, 'x')`;
      const request: Promotion = {
        takeFence:
          `UPDATE ${dialect.table(fence)} SET ${dialect.id("epoch")} = ${of.epoch ?? 1}, ${dialect.id("token")} = ${token} ` +
          `WHERE ${dialect.id("epoch")} <= ${of.epoch ?? 1}`,
        holdsFence: `EXISTS (SELECT 1 FROM ${dialect.table(fence)} WHERE ${dialect.id("token")} = ${token})`,
        knownLedger: of.known ?? "1 = 1",
        statements: [add(1), ...(of.middle ? [of.middle] : []), add(2)],
      };
      return dialect.promotion(request);
    }

    function query(sql: string): Promise<Row[]> {
      return warehouse.query(sql);
    }

    async function count(table: { schema: string; name: string }): Promise<number> {
      const [row] = await query(`SELECT COUNT(*) AS "rows" FROM ${warehouse.dialect.table(table)}`);
      return Number(row?.rows);
    }

    async function fenceRow(): Promise<Row> {
      const { dialect } = warehouse;
      const [row] = await query(`SELECT ${dialect.id("token")} AS "token" FROM ${dialect.table(fence)}`);
      return row ?? {};
    }

    function addPeople(rows: [number, string | null][]): Promise<void> {
      const { dialect } = warehouse;
      const values = rows.map(([id, each]) => `(${id}, ${each === null ? "NULL" : dialect.text(each)})`);
      return warehouse.run([`INSERT INTO ${dialect.table(people)} VALUES ${values.join(", ")}`]);
    }

    function clear(): Promise<void> {
      return warehouse.run([`DELETE FROM ${warehouse.dialect.table(people)}`]);
    }
  });
}
