-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

SELECT COUNT(*) AS "promotions"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' AND "seq" = 2;

DROP TABLE IF EXISTS "raw"."stock__000002";

CREATE TABLE IF NOT EXISTS "raw"."stock__000002" ("sku" VARCHAR, "units" VARCHAR, "_record" VARCHAR, "_malformed" VARCHAR, "_line" BIGINT, "_file" VARCHAR, "_row" BIGINT);

INSERT INTO "raw"."stock__000002" ("sku", "units", "_record", "_malformed", "_file", "_row") SELECT "sku", "units", "_record", "_malformed", substr(filename, 28), file_row_number + 1
  FROM read_parquet(['LAKE/lake/raw/stock/ingest_date=2024-03-01/000002/attempt-0/s001-00001.parquet'], union_by_name = true, filename = true, file_row_number = true);

SELECT COUNT(*) AS "rows"
  FROM "raw"."stock__000002";

CREATE OR REPLACE TABLE "raw"."stock__000002__checked" AS SELECT "v_sku" AS "sku", "v_units" AS "units", FALSE AS "_deleted", "_file", "_row", "_reason",
  CASE WHEN "_reason" IS NOT NULL THEN CAST(json_object('sku', "t_sku", 'units', "t_units") AS VARCHAR) END AS "_fields",
  CASE WHEN "_reason" IS NOT NULL THEN "_record" END AS "_record", "_malformed", CAST(1 AS BIGINT) AS "_checked_by"
  FROM (SELECT h.*,
  CASE WHEN "_own" IS NOT NULL THEN "_own" WHEN MAX(CASE WHEN "_own" IS NOT NULL THEN 1 ELSE 0 END) OVER (PARTITION BY "_file") = 1 THEN 'another row of its partition is bad' END AS "_reason"
  FROM (SELECT c.*,
  CASE WHEN "_malformed" IS NOT NULL THEN 'the record could not be read' ELSE NULLIF(SUBSTR(CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_sku" IS NOT NULL AND "v_sku" IS NULL THEN '; sku: not text' ELSE '' END END || CASE WHEN FALSE THEN '' ELSE CASE WHEN "t_units" IS NOT NULL AND "v_units" IS NULL THEN '; units: not a whole number of 64 bits' ELSE '' END END, 3), '') END AS "_own"
  FROM (SELECT t.*, "t_sku" AS "v_sku",
  CASE WHEN regexp_full_match("t_units", '-?(0|[1-9][0-9]{0,18})([.]0+)?') THEN TRY_CAST("t_units" AS BIGINT) WHEN regexp_full_match("t_units", '-?[0-9]([.][0-9]{1,16})?[eE][+-]?[0-9]{1,3}') AND TRY_CAST(SPLIT_PART(LOWER("t_units"), 'e', 2) AS INTEGER) BETWEEN LENGTH(RTRIM(SPLIT_PART(SPLIT_PART(LOWER("t_units"), 'e', 1), '.', 2), '0')) - 0 AND 37 THEN TRY_CAST(CAST(TRY_CAST("t_units" AS DECIMAL(38,0)) AS VARCHAR) AS BIGINT) END AS "v_units"
  FROM (SELECT r."sku" AS "t_sku", r."units" AS "t_units", r."_record", r."_malformed", p."name" AS "_file", COALESCE(r."_line", r."_row") AS "_row"
  FROM "raw"."stock__000002" AS r
  INNER JOIN (VALUES ('raw/stock/ingest_date=2024-03-01/000002/attempt-0/s001-00001.parquet', 'in/2024-02-01_v2.csv')) AS p ("key", "name") ON p."key" = r."_file") AS t) AS c) AS h) AS d;

SELECT COUNT(CASE WHEN "_reason" IS NOT NULL AND "_reason" NOT IN ('another row of its parent is bad', 'another row of its partition is bad') THEN 1 END) AS "quarantined"
  FROM "raw"."stock__000002__checked";

CREATE TABLE IF NOT EXISTS "silver"."stock" ("sku" VARCHAR, "units" BIGINT, "_deleted" BOOLEAN, "_partition" VARCHAR, "batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_plan_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "_conflict_seq" BIGINT);

CREATE TABLE IF NOT EXISTS "quarantine"."stock" ("batch_id" VARCHAR, "ingested_at" TIMESTAMPTZ, "commit_seq" BIGINT, "_file" VARCHAR, "_row" BIGINT, "reason" VARCHAR, "fields" VARCHAR, "record" VARCHAR, "malformed" VARCHAR);

CREATE TABLE IF NOT EXISTS "ledger"."fence_stock" ("epoch" BIGINT, "commit_seq" BIGINT, "batch_id" VARCHAR, "token" VARCHAR);

INSERT INTO "ledger"."fence_stock" SELECT 0, 0, '', ''
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."fence_stock");

SELECT "release" AS "release"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' ORDER BY "commit_seq" DESC LIMIT 1;

SELECT column_name AS "name", data_type AS "type"
  FROM information_schema.columns
  WHERE table_catalog = current_database() AND table_schema = 'silver' AND table_name = 'stock' ORDER BY ordinal_position;

BEGIN TRANSACTION;
UPDATE "ledger"."fence_stock"
  SET "epoch" = 1, "commit_seq" = "commit_seq" + 1, "batch_id" = 'stock.000002', "token" = 'attempt-5'
  WHERE "epoch" <= 1
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' AND "batch_id" = 'stock.000002');
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."fence_stock"
  WHERE "token" = 'attempt-5'
  AND NOT EXISTS (SELECT 1
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' AND "batch_id" = 'stock.000002')) AND (SELECT COUNT(*)
  FROM "raw"."stock__000002__checked"
  WHERE "_checked_by" = 1) = 1) THEN error('firn fence refused') END;
SELECT CASE WHEN NOT (EXISTS (SELECT 1
  FROM "ledger"."identity"
  WHERE "generation" = 'attempt-2')) THEN error('firn ledger replaced') END;
INSERT INTO "ledger"."partitions" ("pipeline", "partition", "version", "batch_id", "commit_seq") SELECT 'stock', d."partition", d."version", 'stock.000002', (SELECT "commit_seq"
  FROM "ledger"."fence_stock")
  FROM (SELECT v.*, COALESCE(s."sent", 0) AS "sent", COALESCE(s."good", 0) AS "good", COALESCE(t."standing", 0) AS "standing", COALESCE(n."version" >= v."version", FALSE) AS "older"
  FROM (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS v LEFT JOIN (SELECT "_file" AS "place", COUNT(*) AS "sent", COUNT(CASE WHEN "_reason" IS NULL THEN 1 END) AS "good"
  FROM "raw"."stock__000002__checked" GROUP BY 1) AS s ON s."place" = v."file" LEFT JOIN (SELECT "_partition" AS "place", COUNT(*) AS "standing"
  FROM "silver"."stock"
  WHERE NOT "_deleted" AND "_partition" IN ('2024-02-01') GROUP BY 1) AS t ON t."place" = v."partition" LEFT JOIN (SELECT "partition" AS "place", MAX("version") AS "version"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "partition" IN ('2024-02-01') AND "batch_id" <> 'stock.000002' GROUP BY 1) AS n ON n."place" = v."partition") AS d
  WHERE NOT d."older" AND NOT (d."good" = 0 AND (d."sent" > 0 OR d."standing" > 0));
UPDATE "silver"."stock"
  SET "_deleted" = TRUE, "batch_id" = 'stock.000002', "ingested_at" = TIMESTAMPTZ '2024-03-01T06:00:00.000Z', "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock"), "_plan_seq" = 2, "_row" = NULL
  WHERE NOT "_deleted" AND "_partition" IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock")) AND ("_plan_seq", "_file", "_row") IN (SELECT o."_plan_seq", o."_file", o."_row"
  FROM (SELECT "_partition", "_plan_seq", "_file", "_row", COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') AS "_content", ROW_NUMBER() OVER (PARTITION BY "_partition", COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') ORDER BY "_plan_seq", "_file", "_row") AS "_copy"
  FROM "silver"."stock"
  WHERE NOT "_deleted" AND "_partition" IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock"))) AS o LEFT JOIN (SELECT "_partition", COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') AS "_content", COUNT(*) AS "_copies"
  FROM (SELECT c.*, d."partition" AS "_partition"
  FROM "raw"."stock__000002__checked" AS c
  INNER JOIN (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS d ON d."file" = c."_file"
  WHERE c."_reason" IS NULL) AS g
  WHERE "_partition" IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock")) GROUP BY 1, 2) AS n ON n."_partition" = o."_partition" AND n."_content" = o."_content"
  WHERE o."_copy" > COALESCE(n."_copies", 0));
INSERT INTO "silver"."stock" ("sku", "units", "_deleted", "_partition", "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_file", "_row", "_conflict_seq") SELECT n."sku", n."units", n."_deleted", n."_partition", 'stock.000002', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_stock"), 2, "_file", "_row", CAST(NULL AS BIGINT)
  FROM (SELECT *, COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') AS "_content", ROW_NUMBER() OVER (PARTITION BY "_partition", COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') ORDER BY "_file", "_row") AS "_copy"
  FROM (SELECT c.*, d."partition" AS "_partition"
  FROM "raw"."stock__000002__checked" AS c
  INNER JOIN (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS d ON d."file" = c."_file"
  WHERE c."_reason" IS NULL) AS g
  WHERE "_partition" IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock"))) AS n LEFT JOIN (SELECT "_partition", COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') AS "_content", COUNT(*) AS "_copies"
  FROM "silver"."stock"
  WHERE NOT "_deleted" AND "_partition" IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock")) GROUP BY 1, 2) AS o ON o."_partition" = n."_partition" AND o."_content" = n."_content"
  WHERE n."_copy" > COALESCE(o."_copies", 0);
DELETE
  FROM "quarantine"."stock"
  WHERE "batch_id" = 'stock.000002';
INSERT INTO "quarantine"."stock" ("batch_id", "ingested_at", "commit_seq", "_file", "_row", "reason", "fields", "record", "malformed") SELECT 'stock.000002', TIMESTAMPTZ '2024-03-01T06:00:00.000Z', (SELECT "commit_seq"
  FROM "ledger"."fence_stock"), "_file", "_row", "_reason", "_fields", "_record", "_malformed"
  FROM "raw"."stock__000002__checked"
  WHERE "_reason" IS NOT NULL;
DELETE
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'stock' AND "seq" IN (2);
INSERT INTO "ledger"."watermarks"
  VALUES ('stock', '', 'all', NULL, NULL, 'stock.000002', 2);
INSERT INTO "ledger"."batches" ("pipeline", "batch_id", "seq", "commit_seq", "window_from", "window_to", "extracted", "landed", "quarantined", "promoted", "inserted", "deleted", "vanished", "repeated", "unchanged", "conflicts", "silver_rows", "ingested_at", "release", "attempt", "run_id", "epoch", "started_at", "replay") SELECT 'stock', 'stock.000002', 2, f.n, NULL, NULL, 1, c.landed, c.quarantined, s.promoted, s.total - COALESCE((SELECT "silver_rows"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' ORDER BY "commit_seq" DESC LIMIT 1), 0), s.deleted, s.vanished, c.landed - c.quarantined - (SELECT COUNT(*)
  FROM (SELECT c.*, d."partition" AS "_partition"
  FROM "raw"."stock__000002__checked" AS c
  INNER JOIN (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS d ON d."file" = c."_file"
  WHERE c."_reason" IS NULL) AS winners), (SELECT COUNT(*)
  FROM (SELECT c.*, d."partition" AS "_partition"
  FROM "raw"."stock__000002__checked" AS c
  INNER JOIN (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS d ON d."file" = c."_file"
  WHERE c."_reason" IS NULL) AS winners) - s.promoted, (SELECT 0), s.total, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', 'a24b9a89dcdc23d493bd5786953a6616277e73d90b82cc0f016b35f42c00eb54', 'attempt-0', 'run-1', 1, TIMESTAMPTZ '2024-03-01T06:00:00.000Z', FALSE
  FROM (SELECT (SELECT "commit_seq"
  FROM "ledger"."fence_stock") AS n) AS f, (SELECT COUNT(*) AS landed, COUNT(CASE WHEN "_reason" IS NOT NULL THEN 1 END) AS quarantined
  FROM "raw"."stock__000002__checked") AS c, (SELECT COUNT("_row") AS promoted, COUNT(CASE WHEN "_deleted" AND "_row" IS NOT NULL THEN 1 END) AS deleted, COUNT(*) - COUNT("_row") AS vanished, (SELECT COUNT(*)
  FROM "silver"."stock") AS total
  FROM "silver"."stock"
  WHERE "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock")) AS s;
COMMIT;;

DROP TABLE IF EXISTS "raw"."stock__000002";

DROP TABLE IF EXISTS "raw"."stock__000002__checked";

SELECT "seq" AS "seq", "kind" AS "kind", "from_value" AS "from_value", "to_value" AS "to_value"
  FROM "ledger"."watermarks"
  WHERE "pipeline" = 'stock' ORDER BY 1;

SELECT "promoted" AS "promoted", "conflicts" AS "conflicts"
  FROM "ledger"."batches"
  WHERE "pipeline" = 'stock' AND "seq" = 2 ORDER BY "commit_seq" DESC LIMIT 1;

SELECT v."partition" AS "partition", COALESCE(n."version" >= v."version", FALSE) AS "older"
  FROM (SELECT "partition", "version", "file"
  FROM (VALUES ('2024-02-01', 'v00000000000000000002', 'in/2024-02-01_v2.csv')) AS v ("partition", "version", "file")) AS v LEFT JOIN (SELECT "partition" AS "place", MAX("version") AS "version"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "partition" IN ('2024-02-01') AND "batch_id" <> 'stock.000002' GROUP BY 1) AS n ON n."place" = v."partition"
  WHERE v."partition" NOT IN (SELECT "partition"
  FROM "ledger"."partitions"
  WHERE "pipeline" = 'stock' AND "commit_seq" = (SELECT "commit_seq"
  FROM "ledger"."fence_stock")) ORDER BY 1;

SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(CAST(CAST('0x' || left(sha256(COALESCE(CAST(LENGTH(CAST("sku" AS VARCHAR)) AS VARCHAR) || ':' || CAST("sku" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("units" AS VARCHAR)) AS VARCHAR) || ':' || CAST("units" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_deleted" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_deleted" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_partition" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_partition" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("batch_id" AS VARCHAR)) AS VARCHAR) || ':' || CAST("batch_id" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR) || ':' || strftime("ingested_at", '%Y-%m-%dT%H:%M:%S.%fZ'), '-') || ',' || COALESCE(CAST(LENGTH(CAST("commit_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("commit_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_plan_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_plan_seq" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_file" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_file" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_row" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_row" AS VARCHAR), '-') || ',' || COALESCE(CAST(LENGTH(CAST("_conflict_seq" AS VARCHAR)) AS VARCHAR) || ':' || CAST("_conflict_seq" AS VARCHAR), '-')), 15) AS BIGINT) AS HUGEINT)), 0) AS VARCHAR) AS "digest"
  FROM "silver"."stock";
