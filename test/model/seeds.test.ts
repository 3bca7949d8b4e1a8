import assert from "node:assert/strict";
import { type ModelRig, openModelRig } from "../support/models.ts";
import { goldOf, rowsOf } from "./support.ts";

describe("a seed is a table of its CSV", () => {
  let rig: ModelRig;
  beforeEach(async () => {
    rig = await openModelRig({});
  });
  afterEach(() => rig.close());

  async function seed(text: string, more: Record<string, string> = {}) {
    rig.write({ "seeds/s.csv": text, ...more });
    const { execution } = await rig.build();
    assert.equal(execution.outcome, "done", execution.error?.message);
  }
  const types = async () =>
    Object.fromEntries(
      (
        await rig.query(
          "SELECT column_name AS n, data_type AS t FROM information_schema.columns WHERE table_name = 's'",
        )
      ).map(({ n, t }) => [n, t]),
    );

  it("of the narrowest type that takes every value; an empty value is NULL, the word null only a text", async () => {
    await seed(
      "whole,part,day,instant,yes,word,mixed,none\n1,1.5,2024-01-01,2024-01-01 10:00:00,true,a,1,\n,,,,,null,x,\n",
    );
    assert.deepEqual(await types(), {
      whole: "INTEGER",
      part: "DOUBLE",
      day: "DATE",
      instant: "TIMESTAMP",
      yes: "BOOLEAN",
      word: "VARCHAR",
      mixed: "VARCHAR",
      none: (await types()).none,
    });
    assert.deepEqual(await rowsOf(rig, "SELECT * EXCLUDE (none) FROM gold.s"), [
      "- - - - - null x",
      "1 1.5 2024-01-01 2024-01-01 10:00:00 true a 1",
    ]);
  });

  it("of the types that are declared, so that leading zeros stay", async () => {
    await seed("zip,amount\n01234,1\n", {
      "seeds/s.yml": "seeds: [{name: s, config: {column_types: {zip: varchar, amount: 'decimal(10,2)'}}}]",
    });
    assert.deepEqual(await rowsOf(rig, "gold.s"), ["01234 1.00"]);
  });

  it("text is what it is: quotes, commas, lines, templates, SQL and the names of functions", async () => {
    await seed(`t,n\n"it's, a ""text""\nof two lines; {{ now() }} {% if %} {# --",1\ncurrent_date,2\n`);
    assert.deepEqual(await rowsOf(rig, "SELECT t FROM gold.s"), [
      "current_date",
      `it's, a "text"\nof two lines; {{ now() }} {% if %} {# --`,
    ]);
  });

  it("a header alone makes an empty table, and a byte order mark is none of its name", async () => {
    await seed("\ufeffid,name\n");
    assert.deepEqual(Object.keys(await types()), ["id", "name"]);
    assert.deepEqual(await rowsOf(rig, "gold.s"), []);
  });

  it("of some megabytes is whole", async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, at) => `${at},${"words of some length ".repeat(3)}${at}`,
    );
    await seed(`id,text\n${lines.join("\n")}\n`);
    const [row] = await rig.query(
      "SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, MAX(id) AS last FROM gold.s",
    );
    assert.deepEqual(row, { n: "40000", ids: "40000", last: 39_999 });
  }).timeout(30_000);

  it("that changes takes the table's place, with other columns, too", async () => {
    await seed("id\n1\n");
    await seed("id,name\n2,Bob\n");
    assert.deepEqual(await goldOf(rig), { "BASE TABLE s": ["2 Bob"] });
  });

  it("whose value is not of the declared type fails, and the table stays", async () => {
    await seed("id\n1\n");
    rig.write({
      "seeds/s.csv": "id\none\n",
      "seeds/s.yml": "seeds: [{name: s, config: {column_types: {id: integer}}}]",
    });
    const { execution } = await rig.build();
    assert.equal(execution.error?.code, "model.failed");
    assert.match(execution.error.message, /s: seeds\/s\.csv: .*'one'/);
    assert.deepEqual(await goldOf(rig), { "BASE TABLE s": ["1"] });
  });
});
