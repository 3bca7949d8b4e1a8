import assert from "node:assert/strict";
import type { Row } from "#ports/warehouse";
import { discard } from "../support/worlds.ts";
import { feeds } from "./feeds/index.ts";
import { type Lab, openLab } from "./lab.ts";
import { runUntilDone, teamName, whole } from "./small.ts";

describe("the runs that no kill disturbs, against which all others are held", function () {
  this.timeout(60_000);
  let lab: Lab;
  let world: ReturnType<Lab["open"]>;

  before(async () => {
    lab = await openLab(whole);
    world = lab.open(lab.startOf(2), 2, "clean");
    await runUntilDone(whole, world, "clean", 1);
  });

  after(async () => {
    await discard(world, teamName);
    await lab.close();
  });

  const query = async (sql: string): Promise<Row[]> => (await world.warehouse(teamName)).query(sql);

  for (const { pipeline, ends } of feeds)
    it(`end in the rows that were worked out by hand: ${pipeline.name}`, async () => {
      const rows = await query(`SELECT * FROM silver.${pipeline.name} WHERE NOT _deleted`);
      assert.deepEqual(
        rows.map((row) => ends.of.map((name) => row[name] ?? "-").join(" ")).sort(),
        ends.live,
      );
      assert.equal((await query(`FROM quarantine.${pipeline.name}`)).length, ends.quarantined);
    });

  it("count every row they landed, once", async () => {
    const sums = "quarantined + repeated + unchanged + promoted";
    const wrong = await query(`SELECT batch_id FROM ledger.batches WHERE landed <> ${sums}`);
    assert.deepEqual(wrong, []);
    const [all] = await query(
      "SELECT COUNT(*) AS n, COUNT(DISTINCT batch_id) AS batches FROM ledger.batches",
    );
    assert.deepEqual([Number(all?.n), Number(all?.batches)], [22, 22]);
  });

  it("remember a sequence as one interval, once its gap is closed", async () => {
    const rows = await query('SELECT "partition", from_value, to_value FROM ledger.sequences ORDER BY 1');
    assert.deepEqual(
      rows.map((row) => Object.values(row).join(" ")),
      ["a 0 5", "b 0 3"],
    );
  });
});
