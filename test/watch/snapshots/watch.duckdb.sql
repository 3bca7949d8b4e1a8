-- Reviewed: UPDATE_SNAPSHOTS=1 npm test writes this file, and its change is read before it is committed.

INSERT INTO "ledger"."scans" ("run_id", "model", "part", "digest", "verb", "warehouse", "started_at", "seconds", "rows_scanned", "bytes_scanned", "rows_written", "credits") SELECT CAST(n."run_id" AS VARCHAR), CAST(n."model" AS VARCHAR), CAST(n."part" AS VARCHAR), CAST(n."digest" AS VARCHAR), CAST(n."verb" AS VARCHAR), CAST(n."warehouse" AS VARCHAR), CAST(n."started_at" AS TIMESTAMPTZ), CAST(n."seconds" AS DOUBLE), CAST(n."rows_scanned" AS BIGINT), CAST(n."bytes_scanned" AS BIGINT), CAST(n."rows_written" AS BIGINT), CAST(n."credits" AS DOUBLE)
  FROM (VALUES ('it''s', '', 'load', 'd9f96d610fcdb687', 'SELECT', 'elt', TIMESTAMPTZ '2024-03-01T06:00:00.500Z', 0.5, 0, 0, NULL, 0.0001388888888888889)) AS n ("run_id", "model", "part", "digest", "verb", "warehouse", "started_at", "seconds", "rows_scanned", "bytes_scanned", "rows_written", "credits")
  WHERE NOT EXISTS (SELECT 1
  FROM "ledger"."scans" AS s
  WHERE s."run_id" = n."run_id" AND s."model" = n."model" AND s."part" = n."part" AND s."digest" = n."digest" AND s."started_at" = n."started_at");

SELECT m."model" AS "model", m."run_id" AS "run_id", m."kind" AS "kind", m."version" AS "version", m."backfill" AS "backfill", m."built_from" AS "built_from", b."bytes" AS "bytes", strftime(m."built_at", '%Y-%m-%dT%H:%M:%S.%fZ') AS "built_at"
  FROM "ledger"."models" AS m LEFT JOIN (SELECT "run_id", "model", SUM("bytes_scanned") AS "bytes"
  FROM "ledger"."scans"
  WHERE "model" IN ('daily', 'weekly') AND "part" = 'build' AND "started_at" > TIMESTAMPTZ '2024-03-01T06:00:01.000Z' - INTERVAL 90 DAY GROUP BY "run_id", "model") AS b ON b."run_id" = m."run_id" AND b."model" = m."model"
  WHERE m."model" IN ('daily', 'weekly') AND m."built_at" > TIMESTAMPTZ '2024-03-01T06:00:01.000Z' - INTERVAL 90 DAY
  QUALIFY ROW_NUMBER() OVER (PARTITION BY m."model" ORDER BY m."epoch" DESC, m."built_at" DESC) <= 30 ORDER BY m."model", m."epoch" DESC, m."built_at" DESC;

SELECT "pipeline" AS "pipeline", "commit_seq" AS "commit_seq", "promoted" + COALESCE("vanished", 0) AS "rows"
  FROM "ledger"."batches"
  WHERE ("pipeline" = 'events' AND "commit_seq" > 3);

SELECT strftime("started_at", '%Y-%m-%dT%H:%M:%S.%fZ') AS "started_at", "seconds" AS "seconds"
  FROM "ledger"."scans"
  WHERE "started_at" >= TIMESTAMPTZ '2024-03-01T06:00:01.000Z';

SELECT strftime("started_at", '%Y-%m-%dT%H:%M:%S.%fZ') AS "started_at", "run_id" AS "run_id", "model" AS "model", "part" AS "part", "digest" AS "digest", "verb" AS "verb", "seconds" AS "seconds", "rows_scanned" AS "rows_scanned", "bytes_scanned" AS "bytes_scanned", "rows_written" AS "rows_written"
  FROM "ledger"."scans"
  WHERE "started_at" >= TIMESTAMPTZ '2024-03-01T06:00:01.000Z' ORDER BY "started_at";
