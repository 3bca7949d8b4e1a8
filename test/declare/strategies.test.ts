import assert from "node:assert/strict";
import { FirnError } from "#core/errors";
import { parseStacks } from "#firn";
import { openMerging } from "../merge/harness.ts";
import { declared, environment } from "../sql/support.ts";

type Json = Record<string, unknown>;

const columns = {
  id: { type: "integer" },
  line: { type: "integer" },
  day: { type: "date" },
  note: { type: "text" },
  price: { type: "decimal(8,2)" },
  changed_at: { type: "timestamp" },
};
const files = { kind: "files", connection: "inbox" };
const http = { kind: "http", connection: "api", path: "/r", paging: { style: "link" } };
const byDate = { by: "date", first: "from", last: "to", selects: "all" };
const watermark = { start: "2024-01-01T00:00:00Z" };
const upsert = { kind: "upsert", key: ["id"], version: ["changed_at"] };
const byDay = { kind: "replace_partition", partition: { by: "day", column: "day" } };
const byFile = (more: Json = {}) => ({
  kind: "replace_partition",
  partition: { by: "file", pattern: "(?<partition>d\\d+)_v(?<version>\\d+)", ...more },
});

const days = declared({
  name: "days",
  columns,
  source: { ...http, window: byDate },
  watermark,
  strategy: byDay,
});

const right: Record<string, Json> = {
  "partitions by file and version": { source: files, strategy: byFile() },
  "partitions by file and its time": {
    source: files,
    strategy: byFile({ pattern: "(?<partition>d\\d+)", version: "modified" }),
  },
  "partitions by day": { source: { ...http, window: byDate }, watermark, strategy: byDay },
  "a table as a whole": {
    source: { ...http, window: { by: "all" } },
    strategy: { kind: "replace_partition", partition: { by: "table" } },
  },
  "children of a parent": {
    source: files,
    strategy: { kind: "replace_children", parent: ["id"], key: ["line"], version: ["changed_at"] },
  },
  "partial images": { source: files, strategy: { ...upsert, partial: true } },
  "a sequence": { source: files, strategy: { kind: "append", ids: ["note", "id"], sequence: "id" } },
  "ids without a watermark": {
    source: { ...http, window: { by: "id", after: "above", field: "id" } },
    strategy: upsert,
  },
};

const wrong: [what: string, declaration: Json, path: string, says: RegExp][] = [
  [
    "a delta that would replace a day",
    { source: { ...http, window: { ...byDate, selects: "changes" } }, watermark, strategy: byDay },
    "source.window.selects",
    /a delta never replaces a partition, or the rows that did not change would be lost/,
  ],
  [
    "a day that nothing says is complete",
    { source: { ...http, window: { by: "date", first: "a", last: "b" } }, watermark, strategy: byDay },
    "source.window.selects",
    /a delta never replaces a partition/,
  ],
  [
    "overlap with replacing",
    {
      source: { ...http, window: byDate },
      watermark: { ...watermark, overlapSeconds: 600 },
      strategy: byDay,
    },
    "watermark.overlapSeconds",
    /cannot be combined with replacing partitions: it would read a part of a day .* declare overlapDays/,
  ],
  [
    "a window by time that would replace days",
    { source: { ...http, window: { since: "s", before: "b" } }, watermark, strategy: byDay },
    "strategy.partition",
    /by day needs windows of whole days/,
  ],
  [
    "a delta that would replace a table",
    {
      source: { ...http, window: { since: "s" } },
      watermark,
      strategy: { kind: "replace_partition", partition: { by: "table" } },
    },
    "strategy.partition",
    /by table needs a source that gives all at once.*a delta never replaces a table/,
  ],
  [
    "pages that would be partitions by file",
    { source: { ...http, window: { by: "all" } }, strategy: byFile() },
    "strategy.partition",
    /by file needs a source of delivered files/,
  ],
  [
    "a pattern that is none",
    { source: files, strategy: byFile({ pattern: "(" }) },
    "strategy.partition.pattern",
    /no regular expression/,
  ],
  [
    "a pattern without a partition",
    { source: files, strategy: byFile({ pattern: "x_v(?<version>\\d)" }) },
    "strategy.partition.pattern",
    /has no group \(\?<partition>/,
  ],
  [
    "a version told in no way",
    { source: files, strategy: byFile({ pattern: "(?<partition>d)" }) },
    "strategy.partition.version",
    /must be told in one way/,
  ],
  [
    "a version told in two ways",
    { source: files, strategy: byFile({ version: "modified" }) },
    "strategy.partition.version",
    /must be told in one way/,
  ],
  [
    "a day that is a text",
    {
      source: { ...http, window: byDate },
      watermark,
      strategy: { ...byDay, partition: { by: "day", column: "note" } },
    },
    "strategy.partition.column",
    /"note" is text, which is no day/,
  ],
  [
    "ids remembered in two ways",
    { source: files, strategy: { kind: "append", ids: ["id"], rememberDays: 1, sequence: "id" } },
    "strategy",
    /must say how ids are remembered/,
  ],
  [
    "ids remembered in no way",
    { source: files, strategy: { kind: "append", ids: ["id"] } },
    "strategy",
    /must say how ids are remembered/,
  ],
  [
    "a sequence that is no id",
    { source: files, strategy: { kind: "append", ids: ["id"], sequence: "line" } },
    "strategy.sequence",
    /"line" is none of the ids/,
  ],
  [
    "a sequence that does not count",
    { source: files, strategy: { kind: "append", ids: ["note"], sequence: "note" } },
    "strategy.sequence",
    /"note" must be an integer/,
  ],
  [
    "partial images in the order of a decimal",
    { source: files, strategy: { ...upsert, version: ["price"], partial: true } },
    "strategy.version.0",
    /ordered by timestamps, dates and integers only/,
  ],
  [
    "a child's key that is its parent's",
    {
      source: files,
      strategy: { kind: "replace_children", parent: ["id"], key: ["id"], version: ["changed_at"] },
    },
    "strategy",
    /names "id" twice in parent, key and version/,
  ],
  [
    "a watermark of a source read by id",
    { source: { ...http, window: { by: "id", after: "a", field: "id" } }, watermark, strategy: upsert },
    "watermark",
    /does nothing for a source read by id/,
  ],
  [
    "seconds of overlap over whole days",
    {
      source: { ...http, window: byDate },
      watermark: { ...watermark, overlapSeconds: 1 },
      strategy: upsert,
    },
    "watermark.overlapSeconds",
    /whole days; declare overlapDays/,
  ],
  [
    "days of overlap over instants",
    {
      source: { ...http, window: { since: "s" } },
      watermark: { ...watermark, overlapDays: 1 },
      strategy: upsert,
    },
    "watermark.overlapDays",
    /is for windows by date/,
  ],
  [
    "parts of days in a batch of days",
    { source: { ...http, window: byDate }, watermark: { ...watermark, batchDaysMax: 0.5 }, strategy: upsert },
    "watermark.batchDaysMax",
    /must be whole days/,
  ],
  [
    "a comparison of events",
    {
      source: { ...http, window: { since: "s" } },
      watermark,
      strategy: { kind: "append", ids: ["id"], rememberDays: 1 },
      compare: { everyDays: 7 },
    },
    "compare",
    /needs strategy upsert/,
  ],
  [
    "a comparison of files",
    { source: files, strategy: upsert, compare: { everyDays: 7 } },
    "compare",
    /which delivered files cannot answer/,
  ],
  [
    "rows set aside by a share",
    {
      source: files,
      strategy: upsert,
      expectations: [{ kind: "not_null", column: "note", mostly: 0.5, quarantine: true }],
    },
    "expectations.0",
    /sets both mostly and quarantine/,
  ],
  [
    "a range that no value is in",
    {
      source: files,
      strategy: upsert,
      expectations: [{ kind: "between", column: "day", min: "2024-02-01", max: "2024-01-01" }],
    },
    "expectations.0",
    /has min 2024-02-01 above max 2024-01-01/,
  ],
  [
    "a dropped column that is required",
    {
      source: files,
      strategy: upsert,
      columns: { ...columns, name: { type: "text", pii: "drop", required: true } },
    },
    "columns.name.required",
    /cannot be checked of a dropped column/,
  ],
  [
    "a window of no kind",
    { source: { ...http, window: { by: "week" } }, strategy: upsert },
    "source.window.by",
    /Expected 'time'.*'date'.*'id'.*'all'/,
  ],
  [
    "a prefix that is no name",
    { source: { ...files, prefix: "CRM-" }, strategy: upsert },
    "source.prefix",
    /ends in _/,
  ],
  [
    "a name too long with its prefix",
    { name: "n".repeat(60), source: { ...files, prefix: "crm_" }, strategy: upsert },
    "name",
    /too long with the source's prefix/,
  ],
];

describe("a strategy and a reading, declared", () => {
  for (const [what, declaration] of Object.entries(right))
    it(`are taken: ${what}`, () => assert.deepEqual(problems(declaration), []));

  for (const [what, declaration, path, says] of wrong)
    it(`are refused: ${what}`, () => {
      const found = problems(declaration);
      const told = found.find((each) => each.startsWith(`${declaration.name ?? "rows"}.${path}: `));
      assert.match(told ?? `nothing is told of ${path}, but ${found.join("; ")}`, says);
    });

  it("would lose rows if a delta replaced a day", async () => {
    const merging = await openMerging(days);
    const window = { from: "2024-02-01T00:00:00.000Z", to: "2024-02-02T00:00:00.000Z" };
    const row = (id: string, note: string) => ({ id, note, day: "2024-02-01" });
    await merging.promote({ seq: 1, window, rows: [row("1", "a"), row("2", "b")] });
    // What a source sends that selects changes: row 1 alone, as only it changed.
    await merging.promote({ seq: 2, window, rows: [row("1", "changed")] });
    const live = (await merging.silver()).filter(({ _deleted }) => !_deleted);
    assert.deepEqual(
      live.map(({ id }) => id),
      ["1"],
      "row 2 is lost, hence the refusal",
    );
  });

  it("would lose rows if an overlap read a part of a day and replaced the whole", async () => {
    const merging = await openMerging(days);
    const row = (id: string, day: string) => ({ id, note: "x", day });
    const first = { from: "2024-02-01T00:00:00.000Z", to: "2024-02-02T00:00:00.000Z" };
    await merging.promote({ seq: 1, window: first, rows: [row("1", "2024-02-01"), row("2", "2024-02-01")] });
    // Ten minutes before midnight and on: the window touches the first day, its rows are the last few.
    const overlapped = { from: "2024-02-01T00:00:00.000Z", to: "2024-02-03T00:00:00.000Z" };
    await merging.promote({
      seq: 2,
      window: overlapped,
      rows: [row("2", "2024-02-01"), row("3", "2024-02-02")],
    });
    const live = (await merging.silver()).filter(({ _deleted }) => !_deleted);
    assert.deepEqual(
      live.map(({ id }) => id),
      ["2", "3"],
      "row 1 is lost, hence the refusal",
    );
  });

  it("keeps the parsed declaration the same when it is parsed again", () => {
    const once = declared({ name: "rows", columns, source: { ...files, prefix: "crm_" }, strategy: upsert });
    assert.equal(once.name, "crm_rows");
    assert.deepEqual(declared(once), once);
  });
});

function problems(declaration: Json): string[] {
  try {
    parseStacks({
      environment,
      teams: [{ name: "shop", pipelines: [{ name: "rows", columns, ...declaration }] }],
    });
    return [];
  } catch (error) {
    assert.ok(error instanceof FirnError);
    return error.what
      .split("\n  - ")
      .slice(1)
      .map((line) => line.trim());
  }
}
