import { strict as assert } from "node:assert";
import { planLineage } from "#lineage/plan";

/** A project of 40 staging models, 80 that join and rank them, and 80 marts, of 10 to 30 columns each. */
function project(): Parameters<typeof planLineage>[0] {
  const columns = Array.from({ length: 28 }, (_, at) => `c${at}`);
  const nodes: Parameters<typeof planLineage>[0]["nodes"] = [];
  const add = (name: string, sql: string): void => {
    nodes.push({ id: `model.big.${name}`, relation: { schema: "gold", identifier: name }, sql });
  };
  for (let n = 0; n < 40; n++) {
    const cleaned = columns.map((name) => `nullif(trim(cast(${name} as varchar)), '') as ${name}_clean`);
    add(
      `stg_${n}`,
      `with source as (select * from "silver"."t${n}"),
      renamed as (select id, commit_seq, ${cleaned.join(",\n")} from source where not _deleted)
      select * from renamed`,
    );
  }
  for (let n = 0; n < 80; n++) {
    const [left, right] = [`"gold"."stg_${n % 40}"`, `"gold"."stg_${(n + 7) % 40}"`];
    const derived = columns
      .slice(0, 12)
      .map((name, at) =>
        at % 3 === 0
          ? `case when l.${name}_clean = 'x' then coalesce(r.${name}_clean, 'none') else upper(l.${name}_clean) end as ${name}_case`
          : `l.${name}_clean || '-' || r.${name}_clean as ${name}_both`,
      );
    add(
      `int_${n}`,
      `with l as (select *, row_number() over (partition by c1_clean order by commit_seq desc) as newest from ${left}),
      r as (select * from ${right} qualify row_number() over (partition by id order by commit_seq desc) = 1)
      select l.* exclude (newest), ${derived.join(",\n")} from l left join r on l.id = r.id where l.newest = 1`,
    );
  }
  for (let n = 0; n < 80; n++) {
    const sums = columns
      .slice(0, 16)
      .map((name) => `sum(try_cast(${name}_clean as double)) filter (where id > 3) as ${name}_sum`);
    add(
      `mart_${n}`,
      `with base as (select * from "gold"."int_${n}" union all select * from "gold"."int_${(n + 1) % 80}"),
      agg as (select c0_case, date_trunc('month', cast(c2_clean as date)) as month, count(distinct id) as ids, ${sums.join(",\n")}
        from base group by 1, 2)
      select agg.*, lag(c0_sum) over (partition by c0_case order by month) as c0_before,
        (select max(s.id) from "gold"."stg_${n % 40}" s where s.c0_clean = agg.c0_case) as latest
      from agg`,
    );
  }
  const sources = Array.from({ length: 40 }, (_, n) => ({
    relation: { schema: "silver", identifier: `t${n}` },
    columns: ["id", "commit_seq", "_deleted", ...columns].map((name) => ({ name, pii: name === "c3" })),
  }));
  return { nodes: nodes.reverse(), sources, dialect: "duckdb" };
}

describe("the speed of lineage", () => {
  it("tells 200 models of 10 to 30 columns within 5 seconds of one core", async () => {
    const input = project();
    // The processor's time, since other tests run beside this one; most of it is the parser's warming up.
    const before = process.cpuUsage();
    const { nodes } = await planLineage(input);
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    assert.equal(nodes.length, 200);
    assert.ok(nodes.every(({ columns }) => columns.length >= 10 && columns.every(({ unknown }) => !unknown)));
    assert.ok(seconds < 5, `It took ${seconds.toFixed(2)} s.`);
  });
});
