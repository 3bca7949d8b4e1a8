-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' AND "seq" = 1;

DROP TABLE IF EXISTS "raw"."lines__000001";

CREATE TABLE IF NOT EXISTS "raw"."lines__000001" ("order_id" VARCHAR, "line" VARCHAR, "sku" VARCHAR, "op" VARCHAR, "changed_at" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."lines__000001" ("order_id", "line", "sku", "op", "changed_at", "_record", "_malformed", "_file", "_row") SELECT "order_id", "line", "sku", "op", "changed_at", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/lines/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."lines__000001";

CREATE OR REPLACE TABLE "raw"."lines__000001__checked" AS SELECT "v_order_id" AS "order_id", "v_line" AS "line", "v_sku" AS "sku", "v_op" AS "op", "v_changed_at" AS "changed_at", (COALESCE("t_op" IN ('d'), FALSE) OR ("t_line" IS NULL)) AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('order_id', "t_order_id", 'line', "t_line", 'sku', "t_sku", 'op', "t_op", 'changed_at', "t_changed_at") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT h.*,
  CASE WHEN "_own" IS NOT NULL THEN "_own" WHEN MAX(CASE WHEN "_own" IS NOT NULL THEN 1 ELSE 0 END) OVER (PARTITION BY "v_order_id") = 1 THEN 'another row of its parent is bad' END AS "_reason"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN "t_order_id" IS NOT NULL AND "v_order_id" IS NULL THEN '; order_id: not a whole number of 64 bits' WHEN "t_order_id" IS NULL THEN '; order_id: missing' ELSE '' END || CASE WHEN (COALESCE("t_op" IN ('d'), FALSE) OR ("t_line" IS NULL)) THEN '' ELSE CASE WHEN "t_line" IS NOT NULL AND "v_line" IS NULL THEN '; line: not a whole number of 64 bits' WHEN "t_line" IS NULL THEN '; line: missing' ELSE '' END END || CASE WHEN (COALESCE("t_op" IN ('d'), FALSE) OR ("t_line" IS NULL)) THEN '' ELSE CASE WHEN "t_sku" IS NOT NULL AND "v_sku" IS NULL THEN '; sku: not text' WHEN "t_sku" IS NULL THEN '; sku: missing' ELSE '' END END || CASE WHEN (COALESCE("t_op" IN ('d'), FALSE) OR ("t_line" IS NULL)) THEN '' ELSE CASE WHEN "t_op" IS NOT NULL AND "v_op" IS NULL THEN '; op: not text' ELSE '' END END || CASE WHEN "t_changed_at" IS NOT NULL AND "v_changed_at" IS NULL THEN '; changed_at: not an ISO 8601 instant with its offset, at most six digits of a second' WHEN "t_changed_at" IS NULL THEN '; changed_at: missing' ELSE '' END, 3), '') END AS "_own"
  FROM (SELECT t.*,
  CASE WHEN regexp_full_match("t_order_id", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_order_id" AS BIGINT) WHEN regexp_full_match("t_order_id", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_order_id"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_order_id"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_order_id" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_order_id",
  CASE WHEN regexp_full_match("t_line", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_line" AS BIGINT) WHEN regexp_full_match("t_line", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_line"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_line"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_line" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_line", "t_sku" AS "v_sku", "t_op" AS "v_op",
  CASE WHEN regexp_full_match("t_changed_at", '([0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6}0{0,3})?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])') THEN TRY_CAST("t_changed_at" AS TIMESTAMPTZ) END AS "v_changed_at"
  FROM (SELECT r."order_id" AS "t_order_id", r."line" AS "t_line", r."sku" AS "t_sku", r."op" AS "t_op", r."changed_at" AS "t_changed_at", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."lines__000001" AS r
  INNER JOIN (VALUES ('raw/lines/ingest_date=2024-03-01/000001/attempt-0/s001-00001.parquet', 's001-00001.parquet')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS h) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined"
  FROM "raw"."lines__000001__checked";

CREATE TABLE IF NOT EXISTS "silver"."lines" ("order_id" BIGINT, "line" BIGINT, "sku" VARCHAR, "op" VARCHAR, "changed_at" TIMESTAMPTZ, "_deleted" BOOLEAN, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."lines" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_lines" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_lines" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_lines");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'lines' ORDER BY ordinal_position;

SELECT CAST(MIN("order_id") AS VARCHAR) AS "least_0", CAST(MAX("order_id") AS VARCHAR) AS "greatest_0"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_lines"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'lines.000001', "token" = 'attempt-5'
  WHERE "epoch" <= 1
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' AND "batch_id" = 'lines.000001');
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_lines"
  WHERE "token" = 'attempt-5'
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' AND "batch_id" = 'lines.000001')) AND (SELECT COUNT(*)
  FROM "raw"."lines__000001__checked"
  WHERE "_checked_by" = 1) = 1) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
MERGE INTO "silver"."lines" AS t
  USING (SELECT "order_id", "line", "sku", "op", "changed_at", "_deleted", 'lines.000001' AS "batch_id", TIMESTAMPTZ '2024-03-01T06:00:00.000Z' AS "ingested_at", (SELECT "commit_seq"
  FROM "ledger"."fence_lines") AS "commit_seq", 1 AS "_plan_seq", "_file" AS "_file", "_row" AS "_row", CAST(NULL AS BIGINT) AS "_conflict_seq"
  FROM (SELECT c.*
  FROM "raw"."lines__000001__checked" AS c
  INNER JOIN (SELECT p."order_id", p."changed_at"
  FROM (SELECT "order_id", "changed_at"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC) = 1) AS p LEFT JOIN (SELECT "order_id", "changed_at", "_plan_seq"
  FROM "silver"."lines" AS t
  WHERE EXISTS (SELECT 1
  FROM "raw"."lines__000001__checked" AS c
  WHERE "_reason" IS NULL AND c."order_id" = t."order_id") AND t."order_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC, "_plan_seq" DESC) = 1) AS s ON p."order_id" = s."order_id"
  WHERE s."_plan_seq" IS NULL OR p."changed_at" > s."changed_at" OR (p."changed_at" = s."changed_at" AND 1 >= s."_plan_seq")) AS a ON c."order_id" = a."order_id" AND c."changed_at" = a."changed_at"
  WHERE c."_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY c."order_id", c."line" ORDER BY c."_file" DESC, c."_row" DESC) = 1) AS w) AS s ON t."order_id" = s."order_id" AND t."line" IS NOT DISTINCT
  FROM s."line" AND t."order_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT)
  WHEN MATCHED AND (t."order_id" IS DISTINCT
  FROM s."order_id" OR t."line" IS DISTINCT
  FROM s."line" OR t."sku" IS DISTINCT
  FROM s."sku" OR t."op" IS DISTINCT
  FROM s."op" OR t."changed_at" IS DISTINCT
  FROM s."changed_at" OR t."_deleted" IS DISTINCT
  FROM s."_deleted") THEN UPDATE
  SET "sku" = s."sku", "op" = s."op", "changed_at" = s."changed_at", "_deleted" = s."_deleted", "batch_id" = s."batch_id", "ingested_at" = s."ingested_at", "commit_seq" = s."commit_seq", "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row", "_conflict_seq" = s."_conflict_seq"
  WHEN MATCHED AND s."_plan_seq" > t."_plan_seq" THEN UPDATE
  SET "_plan_seq" = s."_plan_seq", "_file" = s."_file", "_row" = s."_row"
  WHEN NOT MATCHED THEN INSERT ("order_id", "line", "sku", "op", "changed_at", "_deleted", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq")
  VALUES (s."order_id", s."line", s."sku", s."op", s."changed_at", s."_deleted", s."batch_id", s."ingested_at", s."commit_seq", s."_plan_seq", s."_file", s."_row", s."_conflict_seq");
UPDATE "silver"."lines"
  SET "_deleted" = TRUE, "batch_id" = 'lines.000001', "ingested_at" = TIMESTAMPTZ '2024-03-01T06:00:00.000Z', "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_lines"), "_plan_seq" = 1, "_row" = NULL
  WHERE NOT "_deleted" AND ("order_id", "line") IN (SELECT o."order_id", o."line"
  FROM "silver"."lines" AS o
  INNER JOIN (SELECT p."order_id", p."changed_at"
  FROM (SELECT "order_id", "changed_at"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC) = 1) AS p LEFT JOIN (SELECT "order_id", "changed_at", "_plan_seq"
  FROM "silver"."lines" AS t
  WHERE EXISTS (SELECT 1
  FROM "raw"."lines__000001__checked" AS c
  WHERE "_reason" IS NULL AND c."order_id" = t."order_id") AND t."order_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC, "_plan_seq" DESC) = 1) AS s ON p."order_id" = s."order_id"
  WHERE s."_plan_seq" IS NULL OR p."changed_at" > s."changed_at" OR (p."changed_at" = s."changed_at" AND 1 >= s."_plan_seq")) AS a ON o."order_id" = a."order_id" LEFT JOIN (SELECT c.*
  FROM "raw"."lines__000001__checked" AS c
  INNER JOIN (SELECT p."order_id", p."changed_at"
  FROM (SELECT "order_id", "changed_at"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC) = 1) AS p LEFT JOIN (SELECT "order_id", "changed_at", "_plan_seq"
  FROM "silver"."lines" AS t
  WHERE EXISTS (SELECT 1
  FROM "raw"."lines__000001__checked" AS c
  WHERE "_reason" IS NULL AND c."order_id" = t."order_id") AND t."order_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC, "_plan_seq" DESC) = 1) AS s ON p."order_id" = s."order_id"
  WHERE s."_plan_seq" IS NULL OR p."changed_at" > s."changed_at" OR (p."changed_at" = s."changed_at" AND 1 >= s."_plan_seq")) AS a ON c."order_id" = a."order_id" AND c."changed_at" = a."changed_at"
  WHERE c."_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY c."order_id", c."line" ORDER BY c."_file" DESC, c."_row" DESC) = 1) AS w ON o."order_id" = w."order_id" AND o."line" IS NOT DISTINCT
  FROM w."line"
  WHERE NOT o."_deleted" AND w."_file" IS NULL AND o."order_id" BETWEEN CAST('1' AS BIGINT) AND CAST('1' AS BIGINT));
DELETE
  FROM "quarantine"."lines"
  WHERE "batch_id" = 'lines.000001';
INSERT INTO "quarantine"."lines" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'lines.000001', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_lines"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'lines' AND "seq" IN (1);
INSERT INTO "ledger"."watermarks"
  VALUES ('lines', '', 'all', NULL, NULL, 'lines.000001', 1);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'lines', 'lines.000001', 1, f.n, NULL, NULL, 1, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."lines__000001__checked" AS c
  INNER JOIN (SELECT "order_id", "changed_at"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC) = 1) AS p ON c."order_id" = p."order_id" AND c."changed_at" = p."changed_at"
  WHERE c."_reason" IS NULL GROUP BY c."order_id", c."line") AS winners), (SELECT COUNT(*)
  FROM (SELECT 1 AS one
  FROM "raw"."lines__000001__checked" AS c
  INNER JOIN (SELECT "order_id", "changed_at"
  FROM "raw"."lines__000001__checked"
  WHERE "_reason" IS NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY "order_id" ORDER BY "changed_at" DESC) = 1) AS p ON c."order_id" = p."order_id" AND c."changed_at" = p."changed_at"
  WHERE c."_reason" IS NULL GROUP BY c."order_id", c."line") AS winners) - s.promoted, (SELECT 0), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', 'f2fe96a1c079514613f046d4d19eb305ebe82a3388653cc39bde05132a289a94', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', FALSE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_lines") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."lines__000001__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."lines") AS total
  FROM "silver"."lines"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_lines")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."lines__000001";

DROP TABLE IF EXISTS "raw"."lines__000001__checked";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'lines' ORDER BY 1;

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'lines' AND "seq" = 1 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("order_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("order_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("line" AS VARCHAR)) AS VARCHAR) || ':' || CAST("line" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("op" AS VARCHAR)) AS VARCHAR) || ':' || CAST("op" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("changed_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("changed_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."lines";
