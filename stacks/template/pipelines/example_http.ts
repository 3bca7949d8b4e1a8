import { pipeline } from "#firn";

/**
 * The tickets again, read from an API by window. Not listed in team.ts: it needs a server.
 *
 * It runs once team.ts lists it, the environment has an address for `example_api`, and the secret is set:
 * FIRN_SECRET_EXAMPLE_API_TOKEN, or "example_api_token" in .firn/secrets.json.
 */
export const exampleHttp = pipeline({
  name: "example_http",
  source: {
    kind: "http",
    connection: "example_api",
    path: "/v1/tickets",
    // Also basic, header and client_credentials. A secret is named here and never written here.
    auth: { kind: "bearer", secret: "example_api_token" },
    // The parameters that carry `(since, before]`. An API that knows no end: leave `before` out.
    window: { since: "changed_since", before: "changed_before" },
    pageSize: { param: "limit", value: 500 },
    // Where the next page is told. Also link, header, page, offset and after.
    paging: { style: "cursor", next: "next_cursor", param: "cursor" },
    // The array's place in the body.
    records: "tickets",
    // Pieces of a window that are read at once: more is faster, as far as the API's rate limit lets you.
    shards: 2,
  },
  columns: {
    ticket_id: { type: "integer" },
    title: { type: "text", required: true },
    requester: { type: "text", pii: "hash" },
    priority: { type: "integer", required: true },
    status: { type: "text", required: true },
    // As sent, for what has no columns of its own.
    tags: { type: "json" },
    changed_at: { type: "timestamp" },
  },
  strategy: { kind: "upsert", key: ["ticket_id"], version: ["changed_at"] },
  watermark: {
    // Where the history begins; the first run reads from here, batchDaysMax at a time.
    start: "2024-01-01T00:00:00Z",
    // How far behind now a window ends, for rows that the source shows late.
    lagSeconds: 300,
    // How far each window reaches back behind the last one. What comes twice is absorbed.
    overlapSeconds: 3600,
    batchDaysMax: 31,
  },
  expectations: [{ kind: "accepted", mostly: 0.95 }],
});
