import { auditColumns, carriedColumn, deletedColumn, setByColumn } from "#core/columns";
import type { Upsert } from "#firn";
import type { Dialect } from "#sql/dialect";
import { withinBounds } from "./bounds.ts";
import { allEqual, anyDiffers } from "./order.ts";
import { address, type MergeBatch, partsOf, planKeyCount, type StrategyPlan } from "./strategy.ts";

/** Where a row's newest image has its place among those of the columns. */
const whole = "_image";

/**
 * Folds images that carry only some columns into silver, in whatever order they come.
 *
 * Each image has a place: its version, plan sequence, file and row, as a text that sorts. Silver keeps for
 * every column the place of the image that set it (`_set_by`), and a column changes only by a later one. A
 * delete is an image of all columns: what the row had does not come back with the next image.
 */
export function planPartial(dialect: Dialect, batch: MergeBatch, { key, version }: Upsert): StrategyPlan {
  const { id } = dialect;
  const { checked, silver, data, audit } = partsOf(dialect, batch);
  const payload = data.filter((name) => !key.includes(name) && !version.includes(name));
  /** Follow the newest image, whatever it carries. */
  const ofImage = [...version, deletedColumn];
  const carried = payload.filter((name) => name !== deletedColumn);
  const byKey = `OVER (PARTITION BY ${key.map(id).join(", ")}`;
  const placed = (name: string) => id(`_at_${name}`);

  const images = `SELECT *, ${placeOf()} AS ${id("_place")} FROM ${checked} WHERE ${id("_reason")} IS NULL`;
  const folded = carried.flatMap((name) => {
    const place = `CASE WHEN ${id(carriedColumn(name))} THEN ${id("_place")} END`;
    return [
      `FIRST_VALUE(${id(name)}) ${byKey} ORDER BY ${place} DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS ${id(name)}`,
      `MAX(${place}) ${byKey}) AS ${placed(name)}`,
    ];
  });
  const source =
    `SELECT ${[...key, ...ofImage].map(id).join(", ")}, ${folded.map((each) => `${each}, `).join("")}${id("_place")}, ` +
    `${auditColumns.map((name) => `${audit[name]} AS ${id(name)}`).join(", ")} ` +
    `FROM (${images}) AS i QUALIFY ROW_NUMBER() ${byKey} ORDER BY ${id("_place")} DESC) = 1`;

  const setAt = (name: string) => `COALESCE(${dialect.jsonField(`t.${id(setByColumn)}`, name)}, '')`;
  const isLater = (name: string) => `COALESCE(s.${placed(name)}, '') > ${setAt(name)}`;
  // The very image that set it counts, too: it may have been read under other rules.
  const wins = (name: string) =>
    `COALESCE(s.${placed(name)}, '') >= ${setAt(name)} AND s.${placed(name)} IS NOT NULL`;
  const newest = `s.${id("_place")} >= ${setAt(whole)}`;
  const differs = [
    ...carried.map((name) => `(${wins(name)} AND s.${id(name)} IS DISTINCT FROM t.${id(name)})`),
    `(${newest} AND (${anyDiffers(dialect, "t", "s", ofImage)}))`,
  ].join(" OR ");
  const moves = [...carried.map(isLater), `s.${id("_place")} > ${setAt(whole)}`].join(" OR ");
  const places = dialect.jsonObject([
    [whole, `GREATEST(s.${id("_place")}, ${setAt(whole)})`],
    ...carried.map((name): [string, string] => [
      name,
      `NULLIF(GREATEST(COALESCE(s.${placed(name)}, ''), ${setAt(name)}), '')`,
    ]),
  ]);
  const choose = (name: string, when: string) =>
    `${id(name)} = CASE WHEN ${when} THEN s.${id(name)} ELSE t.${id(name)} END`;
  const place = `${address.map((name) => choose(name, newest)).join(", ")}, ${id(setByColumn)} = ${places}`;
  const values = [
    ...carried.map((name) => choose(name, wins(name))),
    ...ofImage.map((name) => choose(name, newest)),
    ...auditColumns.filter((name) => !address.includes(name)).map((name) => `${id(name)} = s.${id(name)}`),
  ];

  const firstPlaces = dialect.jsonObject([
    [whole, `s.${id("_place")}`],
    ...carried.map((name): [string, string] => [name, `s.${placed(name)}`]),
  ]);
  const inserted = [...key, ...ofImage, ...carried, setByColumn, ...auditColumns];
  const insertedValue = (name: string) => {
    if (name === setByColumn) return firstPlaces;
    return carried.includes(name)
      ? `CASE WHEN s.${placed(name)} IS NOT NULL THEN s.${id(name)} END`
      : `s.${id(name)}`;
  };
  const merge =
    `MERGE INTO ${silver} AS t USING (${source}) AS s ON ${allEqual(dialect, "t", "s", key)}${withinBounds(dialect, batch, "t")} ` +
    `WHEN MATCHED AND (${differs}) THEN UPDATE SET ${values.join(", ")}, ${place} ` +
    // Says nothing new, but says it later: only places in the order move.
    `WHEN MATCHED AND (${moves}) THEN UPDATE SET ${place} ` +
    `WHEN NOT MATCHED THEN INSERT (${inserted.map(id).join(", ")}) VALUES (${inserted.map(insertedValue).join(", ")})`;
  return {
    statements: [merge],
    winners: planKeyCount(dialect, checked, key),
    conflicts: "SELECT 0",
  };

  /** A row's place in the order of images, as a text: equal ones are the same row of bronze. */
  function placeOf(): string {
    const parts = version.map((name) => {
      const type = batch.pipeline.columns[name]?.type ?? "timestamp";
      if (type !== "integer") return `LPAD(${dialect.canonical(id(name), type)}, 32, '0')`;
      // Shifted, so that negative numbers sort before positive ones.
      return `LPAD(CAST(CAST(${id(name)} AS ${dialect.type("decimal(38,0)")}) + 9223372036854775808 AS VARCHAR), 20, '0')`;
    });
    const tie = [
      `'${String(batch.plan.seq).padStart(12, "0")}'`,
      id("_file"),
      `LPAD(CAST(${id("_row")} AS VARCHAR), 19, '0')`,
    ];
    return [...parts, ...tie].join(" || '|' || ");
  }
}
