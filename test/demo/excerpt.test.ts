import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { excerpt, queryRow } from "./support.ts";

const activities = excerpt("learner_activity_2013J");
const orders = excerpt("online_retail_2010-12");

describe("the committed excerpts", () => {
  it("stay small enough for a repository", () => {
    assert.ok(statSync(activities).size < 3_000_000);
    assert.ok(statSync(orders).size < 1_500_000);
  });

  it("hold the learner activity that their page tells", async () => {
    const [rows, clicks, keys, untyped] = await queryRow(`
      SELECT count(*), sum(sum_click), count(DISTINCT src_row), count(*) FILTER (activity_type IS NULL) FROM '${activities}'`);
    assert.deepEqual([rows, clicks, keys, untyped], ["475993", "1570270", "475993", "0"]);
  });

  it("hold the order lines that their page tells, to the last thousandth", async () => {
    const [lines, days, worth] = await queryRow(`
      SELECT count(*), count(DISTINCT file_date), sum(quantity * unit_price)::VARCHAR FROM '${orders}'`);
    assert.deepEqual([lines, days, worth], ["42481", "20", "748957.020"]);
  });

  it("keep the lines that were published twice", async () => {
    const [distinct] = await queryRow(
      `SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (src_row) FROM '${orders}')`,
    );
    assert.ok(Number(distinct) < 42_481);
  });

  it("name their authors and their licence word for word", () => {
    const page = readFileSync(join(import.meta.dirname, "../../demo/data/README.md"), "utf8");
    for (const line of [
      "Contains data from the Open University Learning Analytics Dataset, Kuzilek J., Hlosta M., Zdrahal Z. (2017), Scientific Data 4:170171, doi:10.1038/sdata.2017.171, CC BY 4.0; converted to Parquet, studentVle cut to its first 1,048,575 rows.",
      "Chen, D. (2015). Online Retail. UCI Machine Learning Repository, doi:10.24432/C5BW33, CC BY 4.0; converted to Parquet.",
      "https://creativecommons.org/licenses/by/4.0/",
    ]) {
      assert.ok(page.includes(line), line);
    }
  });
});
