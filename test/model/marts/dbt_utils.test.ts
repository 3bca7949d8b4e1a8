import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import { Template } from "@huggingface/jinja";
import { dbtUtils } from "#model/macros/dbt_utils";

/** Our macros and, as macros, our generic tests. */
const macros = Object.values(dbtUtils)
  .join("")
  .replace(/{% (end)?test /g, "{% $1macro ");

describe("the part of dbt_utils that Firn serves", () => {
  it("makes a surrogate key by the SQL of dbt-utils 1.3, so that keys stay when a project moves", () => {
    assert.equal(
      compiled("generate_surrogate_key(['a', 'b'])"),
      "md5(cast(coalesce(cast(a as TEXT), '_dbt_utils_surrogate_key_null_') || '-' || coalesce(cast(b as TEXT), '_dbt_utils_surrogate_key_null_') as TEXT))",
    );
  });

  it("tells a missing part of a key from an empty one", async () => {
    const key = compiled("generate_surrogate_key(['n'])");
    assert.equal(await count(`SELECT DISTINCT ${key} FROM (VALUES (NULL), (''), (NULL)) AS t(n)`), 2);
  });

  fails("unique_combination_of_columns('t', ['n', 'm'])", {
    of: "(VALUES (1, 2), (1, 2), (1, 3), (NULL, 1), (NULL, 1))",
    rows: 2,
    claim: "a combination that stands twice, be a part of it NULL",
  });
  fails("accepted_range('t', 'n', min_value=1, max_value=2)", {
    of: "(VALUES (0, 0), (1, 0), (2, 0), (3, 0), (NULL, 0))",
    rows: 2,
    claim: "a value outside both bounds, and neither a bound nor a NULL",
  });
  fails("accepted_range('t', 'n', min_value=0, inclusive=false)", {
    of: "(VALUES (0, 0), (1, 0))",
    rows: 1,
    claim: "a bound that is declared to lie outside, and takes 0 for a bound",
  });
  fails("accepted_range('t', 'n')", { of: "(VALUES (0, 0))", rows: 0, claim: "nothing without a bound" });
  fails("expression_is_true('t', 'n < m or m = 9')", {
    of: "(VALUES (1, 2), (2, 1), (9, 9), (NULL, 1))",
    rows: 1,
    claim: "a row for which an expression is false, and none for which it is NULL",
  });
  fails("expression_is_true('t', '> 1', column_name='n')", {
    of: "(VALUES (1, 2), (2, 1))",
    rows: 1,
    claim: "a row whose column does not do as told",
  });

  function fails(test: string, { of, rows, claim }: { of: string; rows: number; claim: string }): void {
    it(`finds ${claim}`, async () => {
      assert.equal(await count(`WITH t AS (SELECT * FROM ${of} AS v(n, m)) FROM (${compiled(test)})`), rows);
    });
  }
});

function compiled(call: string): string {
  return new Template(`${macros}{{ ${call} }}`).render({}).trim();
}

async function count(query: string): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(query);
  const rows = reader.currentRowCount;
  connection.closeSync();
  instance.closeSync();
  return rows;
}
