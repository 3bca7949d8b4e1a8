-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'events' AND "seq" = 1;

DROP TABLE IF EXISTS "raw"."events__000001";

CREATE TABLE IF NOT EXISTS "raw"."events__000001" ("device" VARCHAR, "at" VARCHAR, "reading" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."events__000001" ("device", "at", "reading", "_record", "_malformed", "_file", "_row") SELECT "device", "at", "reading", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/events/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."events__000001";

CREATE OR REPLACE TABLE "raw"."events__000001__checked" AS SELECT "v_device" AS "device", "v_at" AS "at", "v_reading" AS "reading", FALSE AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('device', "t_device", 'at', "t_at", 'reading', "t_reading") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN "t_device" IS NOT NULL AND "v_device" IS NULL THEN '; device: not text' WHEN "t_device" IS NULL THEN '; device: missing' ELSE '' END || CASE WHEN "t_at" IS NOT NULL AND "v_at" IS NULL THEN '; at: not an ISO 8601 instant with its offset, at most six digits of a second' WHEN "t_at" IS NULL THEN '; at: missing' ELSE '' END || CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_reading" IS NOT NULL AND "v_reading" IS NULL THEN '; reading: not a decimal of at most 10 digits, 2 after the point' ELSE '' END END, 3), '') END AS "_reason"
  FROM (SELECT t.*, "t_device" AS "v_device",
  CASE WHEN regexp_full_match("t_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_at" AS TIMESTAMPTZ) END AS "v_at",
  CASE WHEN regexp_full_match("t_reading", '-?(0|[1-9][0-9]{0,7})([.][0-9]{1,2}0*)?') THEN TRY_CAST("t_reading" AS DECIMAL(10,2)) WHEN regexp_full_match("t_reading", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_reading"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_reading"), 'e', 1), '.', 2), '0')) - 2 AND 7 THEN TRY_CAST("t_reading" AS DECIMAL(10,2)) END AS "v_reading"
  FROM (SELECT r."device" AS "t_device", r."at" AS "t_at", r."reading" AS "t_reading", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."events__000001" AS r
  INNER JOIN (VALUES ('raw/events/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet', 'in/2024-02-01.csv')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined"
  FROM "raw"."events__000001__checked";

CREATE TABLE IF NOT EXISTS "silver"."events" ("device" VARCHAR, "at" TIMESTAMPTZ, "reading" DECIMAL(10,2), "_deleted" BOOLEAN, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."events" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_events" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_events" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_events");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'events' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'events' ORDER BY ordinal_position;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_events"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'events.000001', "token" = 'attempt-5'
  WHERE "epoch" <= 1;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_events"
  WHERE "token" = 'attempt-5') AND (SELECT COUNT(*)
  FROM "raw"."events__000001__checked"
  WHERE "_checked_by" = 1) = 1) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
INSERT INTO "silver"."events" ("device", "at", "reading", "_deleted", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq") SELECT "device", "at", "reading", "_deleted", 'events.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_events"), 1, "_file", "_row", CAST(NULL AS BIGINT)
  FROM (SELECT *, CAST(LENGTH(CAST("device" AS VARCHAR)) AS VARCHAR) || ':' || CAST("device" AS VARCHAR) || CAST(LENGTH(strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ') AS "_id"
  FROM "raw"."events__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "device", "at" ORDER BY "_file", "_row") = 1) AS c
  WHERE NOT EXISTS (SELECT 1
  FROM "silver"."events" AS k
  WHERE k."device" = c."device" AND k."at" = c."at");
INSERT INTO "ledger"."dedup" ("pipeline", "id", "batch_id", "ingested_at") SELECT 'events', CAST(LENGTH(CAST("device" AS VARCHAR)) AS VARCHAR) || ':' || CAST("device" AS VARCHAR) || CAST(LENGTH(strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ'), 'events.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z'
  FROM "silver"."events"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_events");
DELETE
  FROM "ledger"."dedup"
  WHERE "pipeline" = 'events' AND "ingested_at" < TIMESTAMPTZ '2024-03-01T06:00:00.000Z' - INTERVAL 30 DAY;
DELETE
  FROM "quarantine"."events"
  WHERE "batch_id" = 'events.000001';
INSERT INTO "quarantine"."events" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'events.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_events"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."events__000001__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'events' AND "seq" IN (1);
INSERT INTO "ledger"."watermarks"
  VALUES ('events', '', 'all', NULL, NULL, 'events.000001', 1);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'events', 'events.000001', 1, f.n, NULL, NULL, 1, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'events' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."events__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "device", "at") AS winners), (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."events__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "device", "at") AS winners) - s.promoted, (SELECT 0), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', '1b3367eb762c14e0dfad17a601c5770d78494dfdd8aec2c783849a47f5ad3c3d', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', TRUE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_events") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."events__000001__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."events") AS total
  FROM "silver"."events"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_events")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."events__000001";

DROP TABLE IF EXISTS "raw"."events__000001__checked";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'events' ORDER BY 1;

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'events' AND "seq" = 1 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("device" AS VARCHAR)) AS VARCHAR) || ':' || CAST("device" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("reading" AS VARCHAR)) AS VARCHAR) || ':' || CAST("reading" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."events";
