-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

CREATE SCHEMA IF NOT EXISTS "ledger";

CREATE TABLE IF NOT EXISTS "ledger"."migrations" ("version" BIGINT, "applied_at" TIMESTAMPTZ);

SELECT COALESCE(MAX("version"), 0) AS "version"
  FROM "ledger"."migrations";

CREATE TABLE IF NOT EXISTS "ledger"."identity" ("generation" VARCHAR, "lake" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."migrations" ("version" BIGINT, "applied_at" TIMESTAMPTZ);

CREATE TABLE IF NOT EXISTS "ledger"."batches" ("pipeline" VARCHAR, "batch_id" VARCHAR, "seq" BIGINT, "commit_seq" BIGINT, "window_from" VARCHAR, "window_to" VARCHAR, "extracted" BIGINT, "landed" BIGINT, "quarantined" BIGINT, "promoted" BIGINT, "inserted" BIGINT, "deleted" BIGINT, "vanished" BIGINT, "repeated" BIGINT, "unchanged" BIGINT, "conflicts" BIGINT, "silver_rows" BIGINT, "ingested_at" TIMESTAMPTZ, "release" VARCHAR, "attempt" VARCHAR, "run_id" VARCHAR, "epoch" BIGINT, "started_at" TIMESTAMPTZ, "replay" BOOLEAN);

CREATE TABLE IF NOT EXISTS "ledger"."watermarks" ("pipeline" VARCHAR, "partition" VARCHAR, "kind" VARCHAR, "from_value" VARCHAR, "to_value" VARCHAR, "batch_id" VARCHAR, "seq" BIGINT);

CREATE TABLE IF NOT EXISTS "ledger"."dedup" ("pipeline" VARCHAR, "id" VARCHAR, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ);

CREATE TABLE IF NOT EXISTS "ledger"."sequences" ("pipeline" VARCHAR, "partition" VARCHAR, "from_value" BIGINT, "to_value" BIGINT, "commit_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "ledger"."partitions" ("pipeline" VARCHAR, "partition" VARCHAR, "version" VARCHAR, "batch_id" VARCHAR, "commit_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "ledger"."checks" ("pipeline" VARCHAR, "batch_id" VARCHAR, "expectation" VARCHAR, "failed" BIGINT, "total" BIGINT, "passed" BOOLEAN);

CREATE TABLE IF NOT EXISTS "ledger"."models" ("model" VARCHAR, "run_id" VARCHAR, "kind" VARCHAR, "version" VARCHAR, "backfill" BOOLEAN, "built_from" VARCHAR, "epoch" BIGINT, "built_at" TIMESTAMPTZ);

CREATE TABLE IF NOT EXISTS "ledger"."scans" ("run_id" VARCHAR, "model" VARCHAR, "part" VARCHAR, "digest" VARCHAR, "verb" VARCHAR, "warehouse" VARCHAR, "started_at" TIMESTAMPTZ, "seconds" DOUBLE, "rows_scanned" BIGINT, "bytes_scanned" BIGINT, "rows_written" BIGINT, "credits" DOUBLE);

INSERT INTO "ledger"."identity" SELECT 'attempt-2', 'attempt-1'
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."identity");

INSERT INTO "ledger"."migrations" SELECT 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z';

CREATE TABLE IF NOT EXISTS "ledger"."sequences" ("pipeline" VARCHAR, "partition" VARCHAR, "from_value" BIGINT, "to_value" BIGINT, "commit_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "ledger"."partitions" ("pipeline" VARCHAR, "partition" VARCHAR, "version" VARCHAR, "batch_id" VARCHAR, "commit_seq" BIGINT);

ALTER TABLE "ledger"."batches" ADD COLUMN IF NOT EXISTS "vanished" BIGINT;

INSERT INTO "ledger"."identity" SELECT 'attempt-2', 'attempt-1'
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."identity");

INSERT INTO "ledger"."migrations" SELECT 2, TIMESTAMPTZ '2024-03-01T06:00:00.000Z';

CREATE TABLE IF NOT EXISTS "ledger"."models" ("model" VARCHAR, "run_id" VARCHAR, "kind" VARCHAR, "version" VARCHAR, "backfill" BOOLEAN, "built_from" VARCHAR, "epoch" BIGINT, "built_at" TIMESTAMPTZ);

CREATE TABLE IF NOT EXISTS "ledger"."scans" ("run_id" VARCHAR, "model" VARCHAR, "part" VARCHAR, "digest" VARCHAR, "verb" VARCHAR, "warehouse" VARCHAR, "started_at" TIMESTAMPTZ, "seconds" DOUBLE, "rows_scanned" BIGINT, "bytes_scanned" BIGINT, "rows_written" BIGINT, "credits" DOUBLE);

INSERT INTO "ledger"."identity" SELECT 'attempt-2', 'attempt-1'
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."identity");

INSERT INTO "ledger"."migrations" SELECT 3, TIMESTAMPTZ '2024-03-01T06:00:00.000Z';

SELECT MIN("generation") AS "generation", MIN("lake") AS "lake"
  FROM "ledger"."identity";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'visits' ORDER BY 1;

CREATE SCHEMA IF NOT EXISTS "ledger";

CREATE TABLE IF NOT EXISTS "ledger"."migrations" ("version" BIGINT, "applied_at" TIMESTAMPTZ);

SELECT COALESCE(MAX("version"), 0) AS "version"
  FROM "ledger"."migrations";

SELECT MIN("generation") AS "generation", MIN("lake") AS "lake"
  FROM "ledger"."identity";

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' AND "seq" = 3;

CREATE SCHEMA IF NOT EXISTS "raw";

DROP TABLE IF EXISTS "raw"."visits__000003";

CREATE TABLE IF NOT EXISTS "raw"."visits__000003" ("visit_id" VARCHAR, "order" VARCHAR, "n" VARCHAR, "price" VARCHAR, "weight" VARCHAR, "active" VARCHAR, "born_on" VARCHAR, "seen_at" VARCHAR, "made_at" VARCHAR, "status" VARCHAR, "learner" VARCHAR, "updated_at" VARCHAR, "lsn" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."visits__000003" ("visit_id", "order", "n", "price", "weight", "active", "born_on", "seen_at", "made_at", "status", "learner", "updated_at", "lsn", "_record", "_malformed", "_file", "_row") SELECT "visit_id", "order", "n", "price", "weight", "active", "born_on", "seen_at", "made_at", "status", "learner", "updated_at", "lsn", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/visits/ingest_date=2024-03-01/000003/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

INSERT INTO "raw"."visits__000003" ("_malformed", "_line", "_file", "_row") SELECT "_malformed", "_line", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/visits/ingest_date=2024-03-01/000003/attempt-0/s001-00001-malformed.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."visits__000003";

CREATE SCHEMA IF NOT EXISTS "silver";

CREATE TABLE IF NOT EXISTS "silver"."visits" ("visit_id" BIGINT, "order" VARCHAR, "n" JSON, "price" DECIMAL(12,3), "weight" DOUBLE, "active" BOOLEAN, "born_on" DATE, "seen_at" TIMESTAMPTZ, "made_at" TIMESTAMPTZ, "status" VARCHAR, "learner" VARCHAR, "updated_at" TIMESTAMPTZ, "lsn" BIGINT, "_deleted" BOOLEAN, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE OR REPLACE TABLE "raw"."visits__000003__checked" AS SELECT "v_visit_id" AS "visit_id", "v_order" AS "order", "v_n" AS "n", "v_price" AS "price", "v_weight" AS "weight", "v_active" AS "active", "v_born_on" AS "born_on", "v_seen_at" AS "seen_at", "v_made_at" AS "made_at", "v_status" AS "status", "v_learner" AS "learner", "v_updated_at" AS "updated_at", "v_lsn" AS "lsn", COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('visit_id', "t_visit_id", 'order', "t_order", 'n', "t_n", 'price', "t_price", 'weight', "t_weight", 'active', "t_active", 'born_on', "t_born_on", 'seen_at', "t_seen_at", 'made_at', "t_made_at", 'status', "t_status", 'learner', "t_learner", 'updated_at', "t_updated_at", 'lsn', "t_lsn") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN "t_visit_id" IS NOT NULL AND "v_visit_id" IS NULL THEN '; visit_id: not a whole number of 64 bits' WHEN "t_visit_id" IS NULL THEN '; visit_id: missing' ELSE '' END || CASE WHEN "t_order" IS NOT NULL AND "v_order" IS NULL THEN '; order: not text' WHEN "t_order" IS NULL THEN '; order: missing' ELSE '' END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_n" IS NOT NULL AND "v_n" IS NULL THEN '; n: not JSON' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_price" IS NOT NULL AND "v_price" IS NULL THEN '; price: not a decimal of at most 12 digits, 3 after the point' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_weight" IS NOT NULL AND "v_weight" IS NULL THEN '; weight: not a finite number' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_active" IS NOT NULL AND "v_active" IS NULL THEN '; active: not true or false' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_born_on" IS NOT NULL AND "v_born_on" IS NULL THEN '; born_on: not a date as DD/MM/YYYY' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_seen_at" IS NOT NULL AND "v_seen_at" IS NULL THEN '; seen_at: not an ISO 8601 instant with its offset, at most six digits of a second' WHEN "t_seen_at" IS NULL THEN '; seen_at: missing' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_made_at" IS NOT NULL AND "v_made_at" IS NULL THEN '; made_at: not milliseconds since 1970' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_status" IS NOT NULL AND "v_status" IS NULL THEN '; status: not text' ELSE '' END END || CASE WHEN COALESCE("t_status" IN ('gone', 'o''clock\'), FALSE) THEN '' ELSE CASE WHEN "t_learner" IS NOT NULL AND "v_learner" IS NULL THEN '; learner: not text' ELSE '' END END || CASE WHEN "t_updated_at" IS NOT NULL AND "v_updated_at" IS NULL THEN '; updated_at: not an ISO 8601 instant, at most six digits of a second' WHEN "t_updated_at" IS NULL THEN '; updated_at: missing' ELSE '' END || CASE WHEN "t_lsn" IS NOT NULL AND "v_lsn" IS NULL THEN '; lsn: not a whole number of 64 bits' WHEN "t_lsn" IS NULL THEN '; lsn: missing' ELSE '' END, 3), '') END AS "_reason"
  FROM (SELECT t.*,
  CASE WHEN regexp_full_match("t_visit_id", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_visit_id" AS BIGINT) WHEN regexp_full_match("t_visit_id", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_visit_id"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_visit_id"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_visit_id" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_visit_id", "t_order" AS "v_order",
  CASE WHEN json_valid("t_n") AND NOT regexp_matches(regexp_replace("t_n", '"([^"\\]|\\.)*"', '""', 'g'), ',[[:space:]]*(,|\]|\}|$)|\[[[:space:]]*,|[Nn][Aa][Nn]|[Ii][Nn][Ff]|[Uu][Nn][Dd][Ee][Ff]') THEN CAST("t_n" AS JSON) END AS "v_n",
  CASE WHEN regexp_full_match("t_price", '-?(0|[1-9][0-9]{0,8})([.][0-9]{1,3}0*)?') THEN TRY_CAST("t_price" AS DECIMAL(12,3)) WHEN regexp_full_match("t_price", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_price"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_price"), 'e', 1), '.', 2), '0')) - 3 AND 8 THEN TRY_CAST("t_price" AS DECIMAL(12,3)) END AS "v_price",
  CASE WHEN regexp_full_match("t_weight", '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?') AND ABS(TRY_CAST("t_weight" AS DOUBLE)) <= 1.7976931348623157e308 AND (TRY_CAST("t_weight" AS DOUBLE) <> 0 OR NOT regexp_full_match("t_weight", '[^eE]*[1-9].*')) THEN TRY_CAST("t_weight" AS DOUBLE) END AS "v_weight",
  CASE LOWER("t_active") WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS "v_active",
  CASE WHEN regexp_full_match("t_born_on", '[0-9]{2}/[0-9]{2}/([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})') THEN CAST(try_strptime("t_born_on", '%d/%m/%Y') AS DATE) END AS "v_born_on",
  CASE WHEN regexp_full_match("t_seen_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_seen_at" AS TIMESTAMPTZ) END AS "v_seen_at",
  CASE WHEN regexp_full_match("t_made_at", '(-?0|[1-9][0-9]{0,13}|-[1-9][0-9]{0,12})([.]0+)?') THEN CAST(make_timestamp(CAST(TRY_CAST("t_made_at" AS DECIMAL(20,6)) * 1000 AS BIGINT)) AS TIMESTAMPTZ) END AS "v_made_at", "t_status" AS "v_status", "t_learner" AS "v_learner",
  CASE WHEN regexp_full_match("t_updated_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?') THEN TRY_CAST(("t_updated_at" || 'Z') AS TIMESTAMPTZ) WHEN regexp_full_match("t_updated_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_updated_at" AS TIMESTAMPTZ) END AS "v_updated_at",
  CASE WHEN regexp_full_match("t_lsn", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_lsn" AS BIGINT) WHEN regexp_full_match("t_lsn", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_lsn"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_lsn"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_lsn" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_lsn"
  FROM (SELECT r."visit_id" AS "t_visit_id", r."order" AS "t_order", r."n" AS "t_n", r."price" AS "t_price", r."weight" AS "t_weight", r."active" AS "t_active", r."born_on" AS "t_born_on", r."seen_at" AS "t_seen_at", r."made_at" AS "t_made_at", r."status" AS "t_status", r."learner" AS "t_learner", r."updated_at" AS "t_updated_at", r."lsn" AS "t_lsn", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."visits__000003" AS r
  INNER JOIN (VALUES ('raw/visits/ingest_date=2024-03-01/000003/attempt-0/s001-00001.parquet', 's001-00001.parquet'), ('raw/visits/ingest_date=2024-03-01/000003/attempt-0/s001-00001-malformed.parquet', 's001-00001-malformed.parquet')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined", COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "failed_0", COUNT(*) AS "total_0", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("price" IS NULL) THEN 1 END) AS "failed_1", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_1", (SELECT COALESCE(SUM(n), 0)
  FROM (SELECT COUNT(*) AS n
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL AND NOT "_deleted" AND "visit_id" IS NOT NULL AND "n" IS NOT NULL GROUP BY "visit_id", "n" HAVING COUNT(*) > 1) AS repeated) AS "failed_2", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_2", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("status" NOT IN (CAST('open' AS VARCHAR), CAST('shut' AS VARCHAR), CAST('it''s' AS VARCHAR))) THEN 1 END) AS "failed_3", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_3", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("price" < CAST(0 AS DECIMAL(12,3)) OR "price" > CAST('99999.999' AS DECIMAL(12,3))) THEN 1 END) AS "failed_4", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_4", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("seen_at" < CAST('2020-01-01T00:00:00Z' AS TIMESTAMPTZ)) THEN 1 END) AS "failed_5", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_5", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND (NOT regexp_full_match(CAST("order" AS VARCHAR), '[A-Z][0-9]{1,4}')) THEN 1 END) AS "failed_6", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_6", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("made_at" > "seen_at") THEN 1 END) AS "failed_7", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_7",
  CASE WHEN COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) < 1 OR COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) > 1000 THEN 1 ELSE 0 END AS "failed_8", 1 AS "total_8", (SELECT COUNT(*)
  FROM "raw"."visits__000003__checked" AS c
  WHERE "_reason" IS NULL AND NOT "_deleted" AND c."visit_id" IS NOT NULL
  AND NOT EXISTS (SELECT 1
  FROM "silver"."visits" AS p
  WHERE p."visit_id" = c."visit_id" AND NOT COALESCE(p."_deleted", FALSE))) AS "failed_9", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_9"
  FROM "raw"."visits__000003__checked";

DELETE
  FROM "ledger"."checks"
  WHERE "pipeline" = 'visits' AND "batch_id" = 'visits.000003';

INSERT INTO "ledger"."checks" SELECT *
  FROM (VALUES ('visits', 'visits.000003', 'accepted (mostly 0.25)', 2, 3, TRUE), ('visits', 'visits.000003', 'not_null (column price, mostly 0.5)', 0, 1, TRUE), ('visits', 'visits.000003', 'unique (columns visit_id n, mostly 0.5)', 0, 1, TRUE), ('visits', 'visits.000003', 'in (column status, values open shut it''s)', 0, 1, TRUE), ('visits', 'visits.000003', 'between (column price, min 0, max 99999.999)', 0, 1, TRUE), ('visits', 'visits.000003', 'between (column seen_at, min 2020-01-01T00:00:00Z)', 0, 1, TRUE), ('visits', 'visits.000003', 'regex (column order, pattern [A-Z][0-9]{1,4})', 0, 1, TRUE), ('visits', 'visits.000003', 'pair (left made_at, right seen_at)', 0, 1, TRUE), ('visits', 'visits.000003', 'row_count (min 1, max 1000)', 0, 1, TRUE), ('visits', 'visits.000003', 'relationship (column visit_id, to visits, toColumn visit_id, mostly 0.01)', 0, 1, TRUE)) AS v
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."checks"
  WHERE "pipeline" = 'visits' AND "batch_id" = 'visits.000003');

CREATE SCHEMA IF NOT EXISTS "silver";

CREATE SCHEMA IF NOT EXISTS "quarantine";

CREATE TABLE IF NOT EXISTS "silver"."visits" ("visit_id" BIGINT, "order" VARCHAR, "n" JSON, "price" DECIMAL(12,3), "weight" DOUBLE, "active" BOOLEAN, "born_on" DATE, "seen_at" TIMESTAMPTZ, "made_at" TIMESTAMPTZ, "status" VARCHAR, "learner" VARCHAR, "updated_at" TIMESTAMPTZ, "lsn" BIGINT, "_deleted" BOOLEAN, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."visits" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_visits" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_visits" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_visits");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'visits' ORDER BY ordinal_position;

ALTER TABLE "silver"."visits" ADD COLUMN IF NOT EXISTS "weight" DOUBLE;

SELECT CAST(MIN("visit_id") AS VARCHAR) AS "least_0", CAST(MAX("visit_id") AS VARCHAR) AS "greatest_0", CAST(MIN("order") AS VARCHAR) AS "least_1", CAST(MAX("order") AS VARCHAR) AS "greatest_1"
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_visits"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'visits.000003', "token" = 'attempt-5'
  WHERE "epoch" <= 1
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' AND "batch_id" = 'visits.000003');
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_visits"
  WHERE "token" = 'attempt-5'
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' AND "batch_id" = 'visits.000003')) AND (SELECT COUNT(*)
  FROM "raw"."visits__000003__checked"
  WHERE "_checked_by" = 1) = 3) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
MERGE INTO "silver"."visits" AS t
  USING (SELECT "visit_id", "order", "updated_at", "lsn", "n", "price", "weight", "active", "born_on", "seen_at", "made_at", "status", "learner", "_deleted", 'visits.000003' AS "batch_id", TIMESTAMPTZ '2024-03-01T06:00:00.000Z' AS "ingested_at", (SELECT "commit_seq"
  FROM "ledger"."fence_visits") AS "commit_seq", 3 AS "_plan_seq", "_file" AS "_file", "_row" AS "_row", CAST(NULL AS BIGINT) AS "_conflict_seq"
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "visit_id", "order" ORDER BY "updated_at" DESC, "lsn" DESC, "_file" DESC, "_row" DESC) = 1) AS s ON t."visit_id" = s."visit_id" AND t."order" = s."order" AND t."visit_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT) AND t."order" BETWEEN CAST('A1' AS VARCHAR) AND CAST('A1' AS VARCHAR)
  WHEN MATCHED AND (s."updated_at" > t."updated_at" OR (s."updated_at" = t."updated_at" AND s."lsn" > t."lsn")) THEN UPDATE
  SET "updated_at" = s."updated_at", "lsn" = s."lsn", "n" = s."n", "price" = s."price", "weight" = s."weight", "active" = s."active", "born_on" = s."born_on", "seen_at" = s."seen_at", "made_at" = s."made_at", "status" = s."status", "learner" = s."learner", "_deleted" = s."_deleted", "batch_id" = s."batch_id", "ingested_at" = s."ingested_at", "commit_seq" = s."commit_seq", "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row", "_conflict_seq" = s."_conflict_seq"
  WHEN MATCHED AND t."updated_at" = s."updated_at" AND t."lsn" = s."lsn" AND (t."n" IS DISTINCT
  FROM s."n" OR t."price" IS DISTINCT
  FROM s."price" OR t."weight" IS DISTINCT
  FROM s."weight" OR t."active" IS DISTINCT
  FROM s."active" OR t."born_on" IS DISTINCT
  FROM s."born_on" OR t."seen_at" IS DISTINCT
  FROM s."seen_at" OR t."made_at" IS DISTINCT
  FROM s."made_at" OR t."status" IS DISTINCT
  FROM s."status" OR t."learner" IS DISTINCT
  FROM s."learner" OR t."_deleted" IS DISTINCT
  FROM s."_deleted") AND (s."_plan_seq" > t."_plan_seq" OR (s."_plan_seq" = t."_plan_seq" AND (s."_file" > t."_file" OR (s."_file" = t."_file" AND s."_row" > t."_row")))) THEN UPDATE
  SET "updated_at" = s."updated_at", "lsn" = s."lsn", "n" = s."n", "price" = s."price", "weight" = s."weight", "active" = s."active", "born_on" = s."born_on", "seen_at" = s."seen_at", "made_at" = s."made_at", "status" = s."status", "learner" = s."learner", "_deleted" = s."_deleted", "batch_id" = s."batch_id", "ingested_at" = s."ingested_at", "commit_seq" = s."commit_seq", "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row", "_conflict_seq" = s."commit_seq"
  WHEN MATCHED AND t."updated_at" = s."updated_at" AND t."lsn" = s."lsn" AND (t."n" IS DISTINCT
  FROM s."n" OR t."price" IS DISTINCT
  FROM s."price" OR t."weight" IS DISTINCT
  FROM s."weight" OR t."active" IS DISTINCT
  FROM s."active" OR t."born_on" IS DISTINCT
  FROM s."born_on" OR t."seen_at" IS DISTINCT
  FROM s."seen_at" OR t."made_at" IS DISTINCT
  FROM s."made_at" OR t."status" IS DISTINCT
  FROM s."status" OR t."learner" IS DISTINCT
  FROM s."learner" OR t."_deleted" IS DISTINCT
  FROM s."_deleted") AND (t."_plan_seq" > s."_plan_seq" OR (t."_plan_seq" = s."_plan_seq" AND (t."_file" > s."_file" OR (t."_file" = s."_file" AND t."_row" > s."_row")))) THEN UPDATE
  SET "_conflict_seq" = s."commit_seq"
  WHEN MATCHED AND t."_plan_seq" = s."_plan_seq" AND t."_file" = s."_file" AND t."_row" = s."_row" AND (t."updated_at" IS DISTINCT
  FROM s."updated_at" OR t."lsn" IS DISTINCT
  FROM s."lsn" OR t."n" IS DISTINCT
  FROM s."n" OR t."price" IS DISTINCT
  FROM s."price" OR t."weight" IS DISTINCT
  FROM s."weight" OR t."active" IS DISTINCT
  FROM s."active" OR t."born_on" IS DISTINCT
  FROM s."born_on" OR t."seen_at" IS DISTINCT
  FROM s."seen_at" OR t."made_at" IS DISTINCT
  FROM s."made_at" OR t."status" IS DISTINCT
  FROM s."status" OR t."learner" IS DISTINCT
  FROM s."learner" OR t."_deleted" IS DISTINCT
  FROM s."_deleted") THEN UPDATE
  SET "updated_at" = s."updated_at", "lsn" = s."lsn", "n" = s."n", "price" = s."price", "weight" = s."weight", "active" = s."active", "born_on" = s."born_on", "seen_at" = s."seen_at", "made_at" = s."made_at", "status" = s."status", "learner" = s."learner", "_deleted" = s."_deleted", "batch_id" = s."batch_id", "ingested_at" = s."ingested_at", "commit_seq" = s."commit_seq", "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row", "_conflict_seq" = s."_conflict_seq"
  WHEN MATCHED AND t."updated_at" = s."updated_at" AND t."lsn" = s."lsn" AND (s."_plan_seq" > t."_plan_seq" OR (s."_plan_seq" = t."_plan_seq" AND (s."_file" > t."_file" OR (s."_file" = t."_file" AND s."_row" > t."_row")))) THEN UPDATE
  SET "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row"
  WHEN NOT MATCHED THEN INSERT ("visit_id", "order", "updated_at", "lsn", "n", "price", "weight", "active", "born_on", "seen_at", "made_at", "status", "learner", "_deleted", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq")
  VALUES (s."visit_id", s."order", s."updated_at", s."lsn", s."n", s."price", s."weight", s."active", s."born_on", s."seen_at", s."made_at", s."status", s."learner", s."_deleted", s."batch_id", s."ingested_at", s."commit_seq", s."_plan_seq", s."_file", s."_row", s."_conflict_seq");
DELETE
  FROM "quarantine"."visits"
  WHERE "batch_id" = 'visits.000003';
INSERT INTO "quarantine"."visits" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'visits.000003', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_visits"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'visits' AND "seq" IN (2, 1, 3);
INSERT INTO "ledger"."watermarks"
  VALUES ('visits', '', 'time', '2024-01-30T00:00:00.000Z', '2024-01-31T00:00:00.000Z', 'visits.000002', 2), ('visits', '', 'time', NULL, NULL, 'visits.000001', 1), ('visits', '', 'time', '2024-01-31T00:00:00.000Z', '2024-02-01T00:00:00.000Z', 'visits.000003', 3);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'visits', 'visits.000003', 3, f.n, '2024-01-31T00:00:00.000Z', '2024-02-01T00:00:00.000Z', 3, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL GROUP BY "visit_id", "order") AS winners), (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL GROUP BY "visit_id", "order") AS winners) - s.promoted, (SELECT COUNT(*) + (SELECT COALESCE(SUM(n), 0)
  FROM (SELECT COUNT(*) AS n
  FROM "raw"."visits__000003__checked"
  WHERE "_reason" IS NULL GROUP BY "visit_id", "order", "updated_at", "lsn" HAVING COUNT(*) > 1 AND COUNT(DISTINCT COALESCE(CAST(LENGTH(CAST(json("n") AS VARCHAR)) AS VARCHAR) || ':' || CAST(json("n") AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("price" AS VARCHAR)) AS VARCHAR) || ':' || CAST("price" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("weight" AS VARCHAR)) AS VARCHAR) || ':' || CAST("weight" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("active" AS VARCHAR)) AS VARCHAR) || ':' || CAST("active" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("born_on" AS VARCHAR)) AS VARCHAR) || ':' || CAST("born_on" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("seen_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("seen_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(strftime("made_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("made_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("status" AS VARCHAR)) AS VARCHAR) || ':' || CAST("status" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("learner" AS VARCHAR)) AS VARCHAR) || ':' || CAST("learner" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-')) > 1) AS within)
  FROM "silver"."visits"
  WHERE "_conflict_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_visits")), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', '42c52434259df7a522451213bee525c1b1762755a4962b37ca5c976c945a17ab', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', FALSE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_visits") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."visits__000003__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."visits") AS total
  FROM "silver"."visits"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_visits")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."visits__000003";

DROP TABLE IF EXISTS "raw"."visits__000003__checked";

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'visits' AND "seq" = 3 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("visit_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("visit_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("order" AS VARCHAR)) AS VARCHAR) || ':' || CAST("order" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST(json("n") AS VARCHAR)) AS VARCHAR) || ':' || CAST(json("n") AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("price" AS VARCHAR)) AS VARCHAR) || ':' || CAST("price" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("weight" AS VARCHAR)) AS VARCHAR) || ':' || CAST("weight" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("active" AS VARCHAR)) AS VARCHAR) || ':' || CAST("active" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("born_on" AS VARCHAR)) AS VARCHAR) || ':' || CAST("born_on" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("seen_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("seen_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(strftime("made_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("made_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("status" AS VARCHAR)) AS VARCHAR) || ':' || CAST("status" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("learner" AS VARCHAR)) AS VARCHAR) || ':' || CAST("learner" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("updated_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("updated_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("lsn" AS VARCHAR)) AS VARCHAR) || ':' || CAST("lsn" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."visits";
