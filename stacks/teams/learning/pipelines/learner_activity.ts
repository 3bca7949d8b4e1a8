import { pipeline } from "#firn";

/** What learners did on the learning platform, and how the platform judged it days later. */
export const learnerActivity = pipeline({
  name: "learner_activity",
  description: "One row per activity; its status may change days after it happened.",
  source: {
    kind: "http",
    connection: "learning_platform",
    path: "/v1/activities",
    auth: { kind: "bearer", secret: "learning_platform_token" },
    window: { since: "updated_since", before: "updated_before" },
    pageSize: { param: "limit", value: 1000 },
    paging: { style: "link" },
    shards: 4,
  },
  columns: {
    activity_id: { type: "integer" },
    // FERPA: the lake and the warehouse only ever see a token.
    learner_id: { type: "text", pii: "hash" },
    site_id: { type: "integer", required: true },
    module: { type: "text", required: true },
    presentation: { type: "text", required: true },
    activity_type: { type: "text" },
    clicks: { type: "integer", required: true },
    occurred_on: { type: "date", required: true },
    status: { type: "text", required: true },
    updated_at: { type: "timestamp" },
  },
  strategy: {
    kind: "upsert",
    key: ["activity_id"],
    version: ["updated_at"],
    deletedWhen: { column: "status", in: ["withdrawn"] },
  },
  watermark: { start: "2013-01-01T00:00:00Z", lagSeconds: 300, overlapSeconds: 3600, batchDaysMax: 366 },
  schedule: { everyMinutes: 360 },
  expectations: [
    { kind: "accepted", mostly: 0.95 },
    { kind: "between", column: "clicks", min: 0, max: 100000 },
    { kind: "not_null", column: "activity_type", mostly: 0.9 },
    { kind: "in", column: "status", values: ["recorded", "confirmed"] },
  ],
});
