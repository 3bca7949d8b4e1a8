/**
 * Plans the platform's records: what the published clickstream rows look like as an API's activities.
 *
 * Real: who clicked what, on which day, how often. Derived, always the same for the same row, because the
 * published data has no clock and no changes (each is told in demo/README.md):
 * - the time of day, from a hash of `src_row`;
 * - the status: about 3 % go from recorded to confirmed 2 to 9 days later, and from simulated day 2 on each
 *   day withdraws about 0.1 % of the rows that were there the day before;
 * - a null `activity_type` in about one row of 5,000;
 * - an undeclared `client` in every row that is new since day 1.
 */
import { join } from "node:path";
import { quote } from "../duckdb.ts";
import { malformedRecords } from "./malformed.ts";

export interface World {
  /** Nothing later than this can be seen. ISO 8601 UTC. */
  readonly now: string;
  /** The simulated day, from 1; day 1 was at this time of day, `day - 1` days before `now`. */
  readonly day: number;
  /** A folder with the published data, served whole; without it the committed excerpt is served. */
  readonly data?: string;
  /** How many records can be seen on day 1: real rows are repeated under shifted ids, or left out. */
  readonly rows?: number;
  /** Whether the records that each day from 2 on brings broken are among them. Default: false. */
  readonly malformed?: boolean;
}

/** Added to `src_row` once per repetition; the published file's last row is 1,048,575. */
export const idShift = 2_000_000;
/** Enough for any benchmark here, and few enough that no shifted id meets an injected one. */
export const rowsMax = 50_000_000;

const dayMs = 86_400_000;

/** The instant of simulated day 1, in milliseconds. Rows created up to it are "there from the start". */
export function firstInstant(world: World): number {
  return Date.parse(world.now) - (world.day - 1) * dayMs;
}

/**
 * Plans the statements that fill `activities`: one row a record in its latest state as of `now`, numbered from 0
 * (`place`) and stored in the API's order, (updated_at, activity_id). So a page is a range of places, which
 * DuckDB finds by its zone maps; a range of rowids it would scan for.
 */
export function planRecords(world: World): string[] {
  return [...planHash(), planSource(world), planActivities(world), "DROP TABLE source"];
}

/** draw(id, n): the n-th pseudo-random number below 2^31 of a row. Plain arithmetic: the same in any version. */
function planHash(): string[] {
  return [
    "CREATE MACRO fold(x) AS xor(x, x >> 15)",
    `CREATE MACRO draw(id, n) AS
      fold(fold(id * 48271 % 2147483647) * (1299709 * (7 * n * n + 31 * n + 3)) % 2147483647) * 39373 % 2147483647`,
  ];
}

/** The real rows that exist by `now`, with their time of day and their position for scaling. */
function planSource(world: World): string {
  const first = firstInstant(world);
  return `
    CREATE TABLE source AS
    WITH dated AS (
      SELECT src_row::BIGINT AS src_row, id_student, id_site, code_module, code_presentation, activity_type, sum_click,
        make_date(left(code_presentation, 4)::INTEGER, if(right(code_presentation, 1) = 'B', 2, 10), 1) + "date"::INTEGER AS occurred_on
      FROM ${planInput(world)}
    ), timed AS (
      SELECT *, epoch_ms(occurred_on::TIMESTAMP) + draw(src_row, 1) % ${dayMs} AS created_ms FROM dated
    ), counted AS (
      SELECT *, (SELECT count(*) FROM timed WHERE created_ms <= ${first}) AS first_rows FROM timed
    )
    SELECT *,
      CASE WHEN created_ms <= ${first} THEN row_number() OVER (ORDER BY created_ms, src_row) - 1
        ELSE draw(src_row, 2) % greatest(first_rows, 1) END AS position
    FROM counted
    WHERE created_ms <= ${Date.parse(world.now)}`;
}

function planInput(world: World): string {
  if (world.data === undefined) {
    return quote(join(import.meta.dirname, "../data/learner_activity_2013J.parquet"));
  }
  const rows = quote(join(world.data, "oulad/studentVle_first1048575.parquet"));
  const sites = quote(join(world.data, "oulad/vle.parquet"));
  return `${rows} LEFT JOIN ${sites} USING (id_site, code_module, code_presentation)`;
}

/**
 * Repeats, changes and orders. A repetition of a row is kept while `repetition * first_rows + position` is
 * below the number asked for: exactly that many are there on day 1, and later rows grow in proportion.
 */
function planActivities(world: World): string {
  const first = firstInstant(world);
  const now = Date.parse(world.now);
  const repetitions =
    world.rows === undefined
      ? "1"
      : `(SELECT ceil(${world.rows} / greatest(any_value(first_rows), 1)) FROM source)`;
  const kept = world.rows === undefined ? "true" : `repetition * first_rows + position < ${world.rows}`;
  const injected = world.malformed === true ? planInjected(first, world.day) : "";
  return `
    CREATE TABLE activities AS
    WITH repeated AS (
      SELECT *, src_row + repetition * ${idShift} AS activity_id
      FROM source, range(${repetitions}::BIGINT) AS repetitions(repetition)
      WHERE ${kept}
    ), changing AS (
      SELECT *,
        if(draw(activity_id, 3) % 100 < 3, created_ms + 2 * ${dayMs} + draw(activity_id, 4) % ${7 * 86_400} * 1000, NULL) AS confirmed_ms,
        greatest(0, (created_ms - ${first} + ${dayMs - 1}) // ${dayMs}) + draw(activity_id, 5) % 1000 AS withdrawn_after_days
      FROM repeated
    ), latest AS (
      SELECT *,
        ${first} + withdrawn_after_days * ${dayMs} + (1 + draw(activity_id, 6) % 86400) * 1000 AS withdrawn_ms,
        CASE WHEN withdrawn_ms <= ${now} THEN 'withdrawn' WHEN confirmed_ms <= ${now} THEN 'confirmed' ELSE 'recorded' END AS status
      FROM changing
    ), seen AS (
      SELECT activity_id, id_student AS learner_id, id_site AS site_id, code_module AS module,
        code_presentation AS presentation, if(draw(activity_id, 7) % 5000 = 0, NULL, activity_type) AS activity_type,
        sum_click AS clicks, occurred_on, status,
        epoch_ms(CASE status WHEN 'withdrawn' THEN withdrawn_ms WHEN 'confirmed' THEN confirmed_ms ELSE created_ms END) AS updated_at,
        if(created_ms > ${first}, draw(activity_id, 8) % 4, NULL)::TINYINT AS client, NULL::VARCHAR AS injected
      FROM latest
      ${injected}
    )
    SELECT row_number() OVER (ORDER BY updated_at, activity_id) - 1 AS place, * FROM seen ORDER BY place`;
}

/** The broken records of every day so far; each is seen at a valid instant inside its day. */
function planInjected(first: number, day: number): string {
  const rows = malformedRecords(first, day).map(
    (record) => `(${record.activityId}, epoch_ms(${record.updatedMs}), ${quote(record.json)})`,
  );
  if (rows.length === 0) {
    return "";
  }
  return `
    UNION ALL BY NAME
    SELECT * FROM (VALUES ${rows.join(", ")}) AS broken(activity_id, updated_at, injected)`;
}

/**
 * The SQL expression that renders one row of `activities` as a JSON object; absent is not null.
 *
 * `client` stands for what a source adds without telling anyone: an app's release started to send it.
 */
export const renderedRecord = `
  CASE
    WHEN injected IS NOT NULL THEN injected
    WHEN client IS NOT NULL THEN to_json({
      ${fields()},
      client: {app: if(client < 3, 'study-web', 'study-mobile'), version: '4.' || client || '.0'}})::VARCHAR
    ELSE to_json({${fields()}})::VARCHAR
  END`;

function fields(): string {
  return `activity_id: activity_id, learner_id: learner_id::VARCHAR, site_id: site_id, module: module,
      presentation: presentation, activity_type: activity_type, clicks: clicks, occurred_on: occurred_on,
      status: status, updated_at: strftime(updated_at, '%Y-%m-%dT%H:%M:%S.%gZ')`;
}
