-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' AND "seq" = 1;

DROP TABLE IF EXISTS "raw"."profiles__000001";

CREATE TABLE IF NOT EXISTS "raw"."profiles__000001" ("id" VARCHAR, "email" VARCHAR, "born_on" VARCHAR, "changed_at" VARCHAR, "lsn" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."profiles__000001" ("id", "email", "born_on", "changed_at", "lsn", "_record", "_malformed", "_file", "_row") SELECT "id", "email", "born_on", "changed_at", "lsn", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/profiles/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."profiles__000001";

CREATE OR REPLACE TABLE "raw"."profiles__000001__checked" AS SELECT "v_id" AS "id", "v_email" AS "email", "v_born_on" AS "born_on", "v_changed_at" AS "changed_at", "v_lsn" AS "lsn", (FALSE OR "_has_id") AS "_has_id", (FALSE OR "_has_email") AS "_has_email", (FALSE OR "_has_born_on") AS "_has_born_on", (FALSE OR "_has_changed_at") AS "_has_changed_at", (FALSE OR "_has_lsn") AS "_has_lsn", FALSE AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('id', "t_id", 'email', "t_email", 'born_on', "t_born_on", 'changed_at', "t_changed_at", 'lsn', "t_lsn") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN "t_id" IS NOT NULL AND "v_id" IS NULL THEN '; id: not a whole number of 64 bits' WHEN "t_id" IS NULL THEN '; id: missing' ELSE '' END || CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_email" IS NOT NULL AND "v_email" IS NULL THEN '; email: not text' WHEN "_has_email" AND "t_email" IS NULL THEN '; email: missing' ELSE '' END END || CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_born_on" IS NOT NULL AND "v_born_on" IS NULL THEN '; born_on: not a date as YYYY-MM-DD' ELSE '' END END || CASE WHEN "t_changed_at" IS NOT NULL AND "v_changed_at" IS NULL THEN '; changed_at: not an ISO 8601 instant with its offset, at most six digits of a second' WHEN "t_changed_at" IS NULL THEN '; changed_at: missing' ELSE '' END || CASE WHEN "t_lsn" IS NOT NULL AND "v_lsn" IS NULL THEN '; lsn: not a whole number of 64 bits' WHEN "t_lsn" IS NULL THEN '; lsn: missing' ELSE '' END || CASE WHEN NOT FALSE AND ("v_born_on" < CAST('1900-01-01' AS DATE)) THEN '; fails between (column born_on, min 1900-01-01)' ELSE '' END, 3), '') END AS "_reason"
  FROM (SELECT t.*,
  CASE WHEN regexp_full_match("t_id", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_id" AS BIGINT) WHEN regexp_full_match("t_id", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_id"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_id"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_id" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_id", "t_email" AS "v_email",
  CASE WHEN regexp_full_match("t_born_on", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}') THEN CAST(try_strptime("t_born_on", '%Y-%m-%d') AS DATE) END AS "v_born_on",
  CASE WHEN regexp_full_match("t_changed_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_changed_at" AS TIMESTAMPTZ) END AS "v_changed_at",
  CASE WHEN regexp_full_match("t_lsn", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_lsn" AS BIGINT) WHEN regexp_full_match("t_lsn", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_lsn"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_lsn"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_lsn" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_lsn"
  FROM (SELECT r."id" AS "t_id", r."email" AS "t_email", r."born_on" AS "t_born_on", r."changed_at" AS "t_changed_at", r."lsn" AS "t_lsn", (r."_record" IS NULL OR COALESCE(json_exists(r."_record", '/id'), FALSE)) AS "_has_id", (r."_record" IS NULL OR COALESCE(json_exists(r."_record", '/email'), FALSE)) AS "_has_email", (r."_record" IS NULL OR COALESCE(json_exists(r."_record", '/born_on'), FALSE)) AS "_has_born_on", (r."_record" IS NULL OR COALESCE(json_exists(r."_record", '/changed_at'), FALSE)) AS "_has_changed_at", (r."_record" IS NULL OR COALESCE(json_exists(r."_record", '/lsn'), FALSE)) AS "_has_lsn", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."profiles__000001" AS r
  INNER JOIN (VALUES ('raw/profiles/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet', 's001-00001.parquet')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" AND ("born_on" < CAST('1900-01-01' AS DATE)) THEN 1 END) AS "failed_0", COUNT(CASE WHEN "_reason" IS NULL AND NOT "_deleted" THEN 1 END) AS "total_0"
  FROM "raw"."profiles__000001__checked";

DELETE
  FROM "ledger"."checks"
  WHERE "pipeline" = 'profiles' AND "batch_id" = 'profiles.000001';

INSERT INTO "ledger"."checks" SELECT *
  FROM (VALUES ('profiles', 'profiles.000001', 'between (column born_on, min 1900-01-01)', 0, 1, TRUE)) AS v
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."checks"
  WHERE "pipeline" = 'profiles' AND "batch_id" = 'profiles.000001');

CREATE TABLE IF NOT EXISTS "silver"."profiles" ("id" BIGINT, "email" VARCHAR, "born_on" DATE, "changed_at" TIMESTAMPTZ, "lsn" BIGINT, "_deleted" BOOLEAN, "_set_by" VARCHAR, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."profiles" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_profiles" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_profiles" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_profiles");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'profiles' ORDER BY ordinal_position;

SELECT CAST(MIN("id") AS VARCHAR) AS "least_0", CAST(MAX("id") AS VARCHAR) AS "greatest_0"
  FROM "raw"."profiles__000001__checked"
  WHERE "_reason" IS NULL;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_profiles"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'profiles.000001', "token" = 'attempt-5'
  WHERE "epoch" <= 1
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' AND "batch_id" = 'profiles.000001');
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_profiles"
  WHERE "token" = 'attempt-5'
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' AND "batch_id" = 'profiles.000001')) AND (SELECT COUNT(*)
  FROM "raw"."profiles__000001__checked"
  WHERE "_checked_by" = 1) = 1) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
MERGE INTO "silver"."profiles" AS t
  USING (SELECT "id", "changed_at", "lsn", "_deleted", FIRST_VALUE("email") OVER (PARTITION BY "id" ORDER BY CASE WHEN "_has_email" THEN "_place" END DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "email", MAX(CASE WHEN "_has_email" THEN "_place" END) OVER (PARTITION BY "id") AS "_at_email", FIRST_VALUE("born_on") OVER (PARTITION BY "id" ORDER BY CASE WHEN "_has_born_on" THEN "_place" END DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "born_on", MAX(CASE WHEN "_has_born_on" THEN "_place" END) OVER (PARTITION BY "id") AS "_at_born_on", "_place", 'profiles.000001' AS "batch_id", TIMESTAMPTZ '2024-03-01T06:00:00.000Z' AS "ingested_at", (SELECT "commit_seq"
  FROM "ledger"."fence_profiles") AS "commit_seq", 1 AS "_plan_seq", "_file" AS "_file", "_row" AS "_row", CAST(NULL AS BIGINT) AS "_conflict_seq"
  FROM (SELECT *, LPAD(strftime("changed_at", '%Y-%m-%dT%H:%M:%S.%fZ'), 32, '0') || '|' || LPAD(CAST(CAST("lsn" AS DECIMAL(38,0)) + 9223372036854775808 AS VARCHAR), 20, '0') || '|' || '000000000001' || '|' || "_file" || '|' || LPAD(CAST("_row" AS VARCHAR), 19, '0') AS "_place"
  FROM "raw"."profiles__000001__checked"
  WHERE "_reason" IS NULL) AS i
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "id" ORDER BY "_place" DESC) = 1) AS s ON t."id" = s."id" AND t."id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT)
  WHEN MATCHED AND ((COALESCE(s."_at_email", '') >= COALESCE(json_extract_string(t."_set_by", '/email'), '') AND s."_at_email" IS NOT NULL AND s."email" IS DISTINCT
  FROM t."email") OR (COALESCE(s."_at_born_on", '') >= COALESCE(json_extract_string(t."_set_by", '/born_on'), '') AND s."_at_born_on" IS NOT NULL AND s."born_on" IS DISTINCT
  FROM t."born_on") OR (s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') AND (t."changed_at" IS DISTINCT
  FROM s."changed_at" OR t."lsn" IS DISTINCT
  FROM s."lsn" OR t."_deleted" IS DISTINCT
  FROM s."_deleted"))) THEN UPDATE
  SET "email" = CASE WHEN COALESCE(s."_at_email", '') >= COALESCE(json_extract_string(t."_set_by", '/email'), '') AND s."_at_email" IS NOT NULL THEN s."email" ELSE t."email" END, "born_on" = CASE WHEN COALESCE(s."_at_born_on", '') >= COALESCE(json_extract_string(t."_set_by", '/born_on'), '') AND s."_at_born_on" IS NOT NULL THEN s."born_on" ELSE t."born_on" END, "changed_at" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."changed_at" ELSE t."changed_at" END, "lsn" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."lsn" ELSE t."lsn" END, "_deleted" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_deleted" ELSE t."_deleted" END, "batch_id" = s."batch_id", "ingested_at" = s."ingested_at", "commit_seq" = s."commit_seq", "_conflict_seq" = s."_conflict_seq", "_plan_seq" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_plan_seq" ELSE t."_plan_seq" END, "_file" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_file" ELSE t."_file" END, "_row" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_row" ELSE t."_row" END, "_set_by" = CAST(json_object('_image', GREATEST(s."_place", COALESCE(json_extract_string(t."_set_by", '/_image'), '')), 'email', NULLIF(GREATEST(COALESCE(s."_at_email", ''), COALESCE(json_extract_string(t."_set_by", '/email'), '')), ''), 'born_on', NULLIF(GREATEST(COALESCE(s."_at_born_on", ''), COALESCE(json_extract_string(t."_set_by", '/born_on'), '')), '')) AS VARCHAR)
  WHEN MATCHED AND (COALESCE(s."_at_email", '') > COALESCE(json_extract_string(t."_set_by", '/email'), '') OR COALESCE(s."_at_born_on", '') > COALESCE(json_extract_string(t."_set_by", '/born_on'), '') OR s."_place" > COALESCE(json_extract_string(t."_set_by", '/_image'), '')) THEN UPDATE
  SET "_plan_seq" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_plan_seq" ELSE t."_plan_seq" END, "_file" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_file" ELSE t."_file" END, "_row" = CASE WHEN s."_place" >= COALESCE(json_extract_string(t."_set_by", '/_image'), '') THEN s."_row" ELSE t."_row" END, "_set_by" = CAST(json_object('_image', GREATEST(s."_place", COALESCE(json_extract_string(t."_set_by", '/_image'), '')), 'email', NULLIF(GREATEST(COALESCE(s."_at_email", ''), COALESCE(json_extract_string(t."_set_by", '/email'), '')), ''), 'born_on', NULLIF(GREATEST(COALESCE(s."_at_born_on", ''), COALESCE(json_extract_string(t."_set_by", '/born_on'), '')), '')) AS VARCHAR)
  WHEN NOT MATCHED THEN INSERT ("id", "changed_at", "lsn", "_deleted", "email", "born_on", "_set_by", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq")
  VALUES (s."id", s."changed_at", s."lsn", s."_deleted",
  CASE WHEN s."_at_email" IS NOT NULL THEN s."email" END,
  CASE WHEN s."_at_born_on" IS NOT NULL THEN s."born_on" END, CAST(json_object('_image', s."_place", 'email', s."_at_email", 'born_on', s."_at_born_on") AS VARCHAR), s."batch_id", s."ingested_at", s."commit_seq", s."_plan_seq", s."_file", s."_row", s."_conflict_seq");
DELETE
  FROM "quarantine"."profiles"
  WHERE "batch_id" = 'profiles.000001';
INSERT INTO "quarantine"."profiles" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'profiles.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_profiles"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."profiles__000001__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'profiles' AND "seq" IN (1);
INSERT INTO "ledger"."watermarks"
  VALUES ('profiles', '', 'all', NULL, NULL, 'profiles.000001', 1);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'profiles', 'profiles.000001', 1, f.n, NULL, NULL, 1, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."profiles__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "id") AS winners), (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."profiles__000001__checked"
  WHERE "_reason" IS NULL GROUP BY "id") AS winners) - s.promoted, (SELECT 0), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', '72cc73940a9608985a973c214834452d384713cd4b5e98701ff127f56b4fe62a', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', FALSE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_profiles") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."profiles__000001__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."profiles") AS total
  FROM "silver"."profiles"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_profiles")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."profiles__000001";

DROP TABLE IF EXISTS "raw"."profiles__000001__checked";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'profiles' ORDER BY 1;

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'profiles' AND "seq" = 1 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("email" AS VARCHAR)) AS VARCHAR) || ':' || CAST("email" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("born_on" AS VARCHAR)) AS VARCHAR) || ':' || CAST("born_on" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("changed_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("changed_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("lsn" AS VARCHAR)) AS VARCHAR) || ':' || CAST("lsn" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_set_by" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_set_by" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."profiles";
