-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' AND "seq" = 1;

DROP TABLE IF EXISTS "raw"."offsets__000001";

CREATE TABLE IF NOT EXISTS "raw"."offsets__000001" ("device" VARCHAR, "n" VARCHAR, "at" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."offsets__000001" ("device", "n", "at", "_record", "_malformed", "_file", "_row") SELECT "device", "n", "at", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/offsets/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."offsets__000001";

CREATE OR REPLACE TABLE "raw"."offsets__000001__checked" AS SELECT "v_device" AS "device", "v_n" AS "n", "v_at" AS "at", FALSE AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('device', "t_device", 'n', "t_n", 'at', "t_at") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN "t_device" IS NOT NULL AND "v_device" IS NULL THEN '; device: not text' WHEN "t_device" IS NULL THEN '; device: missing' ELSE '' END || CASE WHEN "t_n" IS NOT NULL AND "v_n" IS NULL THEN '; n: not a whole number of 64 bits' WHEN "t_n" IS NULL THEN '; n: missing' ELSE '' END || CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_at" IS NOT NULL AND "v_at" IS NULL THEN '; at: not an ISO 8601 instant with its offset, at most six digits of a second' ELSE '' END END, 3), '') END AS "_reason"
  FROM (SELECT t.*, "t_device" AS "v_device",
  CASE WHEN regexp_full_match("t_n", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_n" AS BIGINT) WHEN regexp_full_match("t_n", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_n"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_n"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_n" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_n",
  CASE WHEN regexp_full_match("t_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_at" AS TIMESTAMPTZ) END AS "v_at"
  FROM (SELECT r."device" AS "t_device", r."n" AS "t_n", r."at" AS "t_at", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."offsets__000001" AS r
  INNER JOIN (VALUES ('raw/offsets/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet', 's001-00001.parquet')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined"
  FROM "raw"."offsets__000001__checked";

CREATE TABLE IF NOT EXISTS "silver"."offsets" ("device" VARCHAR, "n" BIGINT, "at" TIMESTAMPTZ, "_deleted" BOOLEAN, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."offsets" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_offsets" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_offsets" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_offsets");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'offsets' ORDER BY ordinal_position;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_offsets"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'offsets.000001', "token" = 'attempt-5'
  WHERE "epoch" <= 1
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' AND "batch_id" = 'offsets.000001');
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_offsets"
  WHERE "token" = 'attempt-5'
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' AND "batch_id" = 'offsets.000001')) AND (SELECT COUNT(*)
  FROM "raw"."offsets__000001__checked"
  WHERE "_checked_by" = 1) = 1) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
INSERT INTO "silver"."offsets" ("device", "n", "at", "_deleted", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq") SELECT "device", "n", "at", "_deleted", 'offsets.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_offsets"), 1, "_file", "_row", CAST(NULL AS BIGINT)
  FROM (SELECT *, CAST("device" AS VARCHAR) AS "_id"
  FROM "raw"."offsets__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "device", "n" ORDER BY "_file", "_row") = 1) AS c
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."sequences" AS k
  WHERE k."pipeline" = 'offsets' AND k."partition" = c."_id" AND c."n" > k."from_value" AND c."n" <= k."to_value");
INSERT INTO "ledger"."sequences" ("pipeline", "partition", "from_value", "to_value", "commit_seq") SELECT 'offsets', "partition", MIN("from_value"), MAX("to_value"), (SELECT "commit_seq"
  FROM "ledger"."fence_offsets")
  FROM (SELECT *, SUM("begins") OVER (PARTITION BY "partition" ORDER BY "from_value", "to_value" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "run"
  FROM (SELECT *,
  CASE WHEN "from_value" <= MAX("to_value") OVER (PARTITION BY "partition" ORDER BY "from_value", "to_value" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS "begins"
  FROM (SELECT "partition", "from_value", "to_value"
  FROM "ledger"."sequences"
  WHERE "pipeline" = 'offsets' UNION ALL SELECT "partition", MIN("n") - 1 AS "from_value", MAX("n") AS "to_value"
  FROM (SELECT "partition", "n", "n" - ROW_NUMBER() OVER (PARTITION BY "partition" ORDER BY "n") AS "run"
  FROM (SELECT CAST("device" AS VARCHAR) AS "partition", "n" AS "n"
  FROM "silver"."offsets"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_offsets")) AS promoted) AS numbered GROUP BY "partition", "run") AS pieces) AS marked) AS runs GROUP BY "partition", "run";
DELETE
  FROM "ledger"."sequences"
  WHERE "pipeline" = 'offsets' AND "commit_seq" <> (SELECT "commit_seq"
  FROM "ledger"."fence_offsets");
DELETE
  FROM "quarantine"."offsets"
  WHERE "batch_id" = 'offsets.000001';
INSERT INTO "quarantine"."offsets" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'offsets.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_offsets"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."offsets__000001__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'offsets' AND "seq" IN (1);
INSERT INTO "ledger"."watermarks"
  VALUES ('offsets', '', 'all', NULL, NULL, 'offsets.000001', 1);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'offsets', 'offsets.000001', 1, f.n, NULL, NULL, 1, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."offsets__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "device", "n") AS winners), (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."offsets__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "device", "n") AS winners) - s.promoted, (SELECT 0), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', '5788f5bdcec02bef735163bc0077e2a7eedc54394bfcd40b9824b9978467e69a', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', FALSE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_offsets") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."offsets__000001__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."offsets") AS total
  FROM "silver"."offsets"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_offsets")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."offsets__000001";

DROP TABLE IF EXISTS "raw"."offsets__000001__checked";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'offsets' ORDER BY 1;

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'offsets' AND "seq" = 1 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT COUNT(*) AS "intervals"
  FROM "ledger"."sequences"
  WHERE "pipeline" = 'offsets';

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("device" AS VARCHAR)) AS VARCHAR) || ':' || CAST("device" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("n" AS VARCHAR)) AS VARCHAR) || ':' || CAST("n" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."offsets";
