import assert from "node:assert/strict";
import { FirnError } from "#core/errors";
import { parseStacks, type Stacks } from "#firn";
import { makeRelease } from "#release";
import { loadStacks } from "#stacks";
import { environment } from "../sql/support.ts";

type Json = Record<string, unknown>;

const visits: Json = {
  name: "visits",
  source: { kind: "http", connection: "api", path: "/v", window: { since: "s" }, paging: { style: "link" } },
  columns: {
    id: { type: "integer" },
    note: { type: "text" },
    tag: { type: "text", pii: "hash" },
    secret: { type: "text", pii: "drop" },
    rest: { type: "json" },
    weight: { type: "float" },
    price: { type: "decimal(6,2)" },
    day: { type: "date" },
    changed_at: { type: "timestamp" },
  },
  strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
  watermark: { start: "2024-01-01T00:00:00Z" },
};
const drops: Json = {
  name: "drops",
  source: { kind: "files", connection: "inbox" },
  columns: { id: { type: "text" }, n: { type: "integer" } },
  strategy: { kind: "append", ids: ["id"], rememberDays: 30 },
};

/** The problems told of a team's pipelines; none where they are right. */
function problems(pipelines: Json[], env: unknown = environment): string[] {
  try {
    parseStacks({ environment: env, teams: [{ name: "shop", pipelines }] });
    return [];
  } catch (error) {
    assert.ok(error instanceof FirnError);
    assert.equal(error.code, "declare.invalid");
    return error.what
      .split("\n  - ")
      .slice(1)
      .map((line) => line.trim());
  }
}

const expecting = (...expectations: Json[]): Json => ({ ...visits, expectations });
const upsert = (more: Json): Json => ({ ...visits, strategy: { ...(visits.strategy as Json), ...more } });
const column = (name: string, of: Json): Json => ({
  ...visits,
  columns: { ...(visits.columns as Json), [name]: of },
});

describe("a declaration", () => {
  it("is taken when it is right", () => assert.deepEqual(problems([visits, drops]), []));

  it("is refused with the number of problems, what was not done, and where to mend", () => {
    assert.throws(
      () => parseStacks({ environment, teams: [{ name: "shop", pipelines: [upsert({ key: ["ix"] })] }] }),
      {
        code: "declare.invalid",
        blame: "config",
        message:
          'The declarations have 1 problem:\n  - shop.pipelines.visits.strategy.key.0: names "ix", which is no column; declare it under columns\n ' +
          "Nothing was read or written: a run starts only from declarations that are right. Mend each path named above under stacks/ and run again.",
      },
    );
  });

  /** A wrong pipeline, where it is wrong, and what is said of it. */
  const wrong: [what: string, pipeline: Json, path: string, message: RegExp][] = [
    [
      "a key that is no column",
      upsert({ key: ["id", "nope"] }),
      "strategy.key.1",
      /names "nope", which is no column; declare it under columns/,
    ],
    [
      "a version that is no column",
      upsert({ version: ["nope"] }),
      "strategy.version.0",
      /names "nope", which is no column/,
    ],
    [
      "an id that is no column",
      { ...drops, strategy: { kind: "append", ids: ["nope"], rememberDays: 1 } },
      "strategy.ids.0",
      /names "nope", which is no column/,
    ],
    [
      "a key that is dropped as PII",
      upsert({ key: ["secret"] }),
      "strategy.key.0",
      /dropped as PII; use pii: "hash"/,
    ],
    [
      "a key that is JSON",
      upsert({ key: ["rest"] }),
      "strategy.key.0",
      /"rest" is json, which cannot be a key/,
    ],
    [
      "a key that is a float",
      upsert({ key: ["weight"] }),
      "strategy.key.0",
      /"weight" is float, which cannot be a key/,
    ],
    ["a version that is text", upsert({ version: ["note"] }), "strategy.version.0", /'10' < '9' as text/],
    [
      "a column twice in key and version",
      upsert({ key: ["id"], version: ["changed_at", "id"] }),
      "strategy",
      /names "id" twice in key and version; once is enough/,
    ],
    [
      "an id twice",
      { ...drops, strategy: { kind: "append", ids: ["id", "id"], rememberDays: 1 } },
      "strategy",
      /names "id" twice in ids/,
    ],
    ["an empty key", upsert({ key: [] }), "strategy.key", /Too small|expected array/],
    [
      "a delete told by no column",
      upsert({ deletedWhen: { column: "nope", in: ["x"] } }),
      "strategy.deletedWhen.column",
      /is no column/,
    ],
    [
      "a delete told by a hashed column",
      upsert({ deletedWhen: { column: "tag", in: ["x"] } }),
      "strategy.deletedWhen.column",
      /is hashed as PII, so no value in clear is ever found/,
    ],
    [
      "a column with a name of Firn's own",
      column("batch_id", { type: "text" }),
      "columns.batch_id",
      /"batch_id" is Firn's own; name the column otherwise and set from: "batch_id"/,
    ],
    [
      "a column with a name SQL would not bear",
      column("Total Sum", { type: "text" }),
      "columns.Total Sum",
      /Invalid key|must start with a letter/,
    ],
    [
      "a hashed number",
      column("ssn", { type: "integer", pii: "hash" }),
      "columns.ssn.pii",
      /a hashed column holds a token: declare type "text"/,
    ],
    [
      "a date format for a timestamp",
      column("seen", { type: "timestamp", format: "DD/MM/YYYY" }),
      "columns.seen.format",
      /"DD\/MM\/YYYY" does not go with type "timestamp"/,
    ],
    [
      "a timestamp format for a date",
      column("seen", { type: "date", format: "epoch-millis" }),
      "columns.seen.format",
      /does not go with type "date"/,
    ],
    [
      "a type that does not exist",
      column("x", { type: "varchar" }),
      "columns.x.type",
      /must be text, integer, float/,
    ],
    ["a decimal of 39 digits", column("x", { type: "decimal(39,2)" }), "columns.x.type", /0 <= s < p <= 38/],
    [
      "a decimal without room before its point",
      column("x", { type: "decimal(4,4)" }),
      "columns.x.type",
      /0 <= s < p <= 38/,
    ],
    [
      "two columns of one field",
      column("note2", { type: "text", from: "note" }),
      "columns",
      /two columns read the field "note"; declare it once/,
    ],
    ["a field nobody knows", { ...visits, cadence: "daily" }, "", /Unrecognized key: "cadence"/],
    ["a source of an unknown kind", { ...visits, source: { kind: "ftp" } }, "source.kind", /Invalid/],
    [
      "a source read by window without a watermark",
      { ...visits, watermark: undefined },
      "watermark",
      /is missing; a source read by time or date needs at least/,
    ],
    [
      "a watermark for delivered files",
      { ...drops, watermark: { start: "2024-01-01T00:00:00Z" } },
      "watermark",
      /does nothing for delivered files/,
    ],
    [
      "a start that is no instant",
      { ...visits, watermark: { start: "2024-01-01" } },
      "watermark.start",
      /must be an ISO 8601 instant in UTC/,
    ],
    [
      "an address that no environment knows",
      { ...visits, source: { ...(visits.source as Json), connection: "nowhere" } },
      "source.connection",
      /"nowhere" has no address; add it to connections in stacks\/environments\/local.ts/,
    ],
    [
      "an expectation of no column",
      expecting({ kind: "not_null", column: "nope" }),
      "expectations.0.column",
      /is no column/,
    ],
    [
      "an expectation of a dropped column",
      expecting({ kind: "unique", columns: ["id", "secret"] }),
      "expectations.0.columns.1",
      /dropped as PII/,
    ],
    [
      "a pair of no columns",
      expecting({ kind: "pair", left: "a", right: "day" }),
      "expectations.0.left",
      /is no column/,
    ],
    [
      "a pair without a common order",
      expecting({ kind: "pair", left: "day", right: "id" }),
      "expectations.0",
      /compares date with integer, which have no common order/,
    ],
    [
      "bounds that bound nothing",
      expecting({ kind: "between", column: "id" }),
      "expectations.0",
      /sets neither min nor max; set one/,
    ],
    [
      "a count that bounds nothing",
      expecting({ kind: "row_count" }),
      "expectations.0",
      /sets neither min nor max/,
    ],
    [
      "a bound that is no number",
      expecting({ kind: "between", column: "id", min: "low" }),
      "expectations.0.min",
      /"low" cannot be compared with "id", which is integer/,
    ],
    [
      "a bound with more digits than its column",
      expecting({ kind: "between", column: "price", max: 9.999 }),
      "expectations.0.max",
      /9.999 cannot be compared with "price", which is decimal\(6,2\)/,
    ],
    [
      "a bound on a day there is not",
      expecting({ kind: "between", column: "day", min: "2023-02-29" }),
      "expectations.0.min",
      /cannot be compared/,
    ],
    [
      "a set of texts for a number",
      expecting({ kind: "in", column: "id", values: [1, "two"] }),
      "expectations.0.values.1",
      /"two" cannot be compared/,
    ],
    [
      "bounds for JSON",
      expecting({ kind: "between", column: "rest", min: 1 }),
      "expectations.0.min",
      /which is json/,
    ],
    [
      "a pattern that is none",
      expecting({ kind: "regex", column: "note", pattern: "(" }),
      "expectations.0.pattern",
      /is no regular expression that both warehouses know/,
    ],
    [
      "a pattern only some engines know",
      expecting({ kind: "regex", column: "note", pattern: "(?=a)b" }),
      "expectations.0.pattern",
      /leave out lookarounds and references/,
    ],
    [
      "a cursor in a body that has no other field than its records",
      { ...visits, source: { ...(visits.source as Json), paging: { style: "cursor", next: "meta.next" } } },
      "source.records",
      /a page that holds the field "meta.next" is an object/,
    ],
    [
      "a token address that would send the secret in clear",
      {
        ...visits,
        source: {
          ...(visits.source as Json),
          auth: { kind: "client_credentials", tokenUrl: "http://x/t", clientId: "c", secret: "s" },
        },
      },
      "source.auth.tokenUrl",
      /must be an https address or a path that begins with \//,
    ],
    [
      "a POST that pages by address",
      { ...visits, source: { ...(visits.source as Json), post: { body: {} } } },
      "source.paging",
      /page by a param/,
    ],
    [
      "a share over 1",
      expecting({ kind: "not_null", column: "id", mostly: 1.5 }),
      "expectations.0.mostly",
      /Too big|<=1/,
    ],
  ];
  for (const [what, pipeline, path, message] of wrong) {
    it(`is refused: ${what}`, () => {
      const told = problems([pipeline]);
      assert.equal(told.length, 1, told.join("\n"));
      const where = [path === "source.connection" ? "visits" : `shop.pipelines.${pipeline.name}`, path]
        .filter(Boolean)
        .join(".");
      assert.ok(told[0]?.startsWith(`${where}: `), `${told[0]}\nis not at ${where}`);
      assert.match(told[0] ?? "", message);
    });
  }

  it("may name a parent only by a column of its team that has its type", () => {
    const to = (column: string, toColumn: string) =>
      expecting({ kind: "relationship", column, to: "drops", toColumn });
    assert.deepEqual(problems([to("note", "id"), drops]), []);
    assert.deepEqual(problems([to("id", "nope"), drops]), [
      'visits.expectations.0: "drops.nope" is no column of a pipeline of team shop',
    ]);
    assert.deepEqual(problems([to("id", "id"), drops]), [
      'visits.expectations.0: "id" is integer, but "drops.id" is text',
    ]);
    assert.deepEqual(problems([to("id", "n")]), [
      'visits.expectations.0: "drops.n" is no column of a pipeline of team shop',
    ]);
  });

  it("is refused: no column at all", () => {
    assert.equal(
      problems([{ ...drops, columns: {} }])[0],
      "shop.pipelines.drops.columns: declares no column",
    );
  });

  it("may use a name once", () => {
    assert.deepEqual(problems([drops, drops]), ["pipeline drops of team shop: declared twice; rename one"]);
    assert.throws(
      () =>
        parseStacks({
          environment,
          teams: [
            { name: "a", pipelines: [drops] },
            { name: "a", pipelines: [drops] },
          ],
        }),
      /team a: declared twice/,
    );
  });

  it("is told all its problems at once, with those of the other pipelines, teams and the environment", () => {
    const lost = { ...drops, source: { kind: "files", connection: "gone" } };
    const teams = [
      { name: "one", pipelines: [upsert({ key: ["nope"], version: ["note"] }), lost] },
      { name: "two", pipelines: [{ ...drops, columns: {} }] },
    ];
    let what = "";
    try {
      parseStacks({ environment, teams });
    } catch (error) {
      what = (error as FirnError).what;
    }
    assert.match(what, /have 5 problems/);
    for (const each of [
      /one\.pipelines\.visits\.strategy\.key\.0/,
      /one\.pipelines\.visits\.strategy\.version\.0/,
      /drops\.source\.connection: "gone"/,
      /two\.pipelines\.drops\.columns/,
    ])
      assert.match(what, each);
    assert.throws(
      () => parseStacks({ environment: { name: "local" }, teams }),
      /local\.connections[\s\S]*local\.retry[\s\S]*local\.leaseSeconds[\s\S]*one\.pipelines/,
    );
  });

  it("of this repository is right", () => assert.ok(loadStacks("local").teams.length > 0));
});

describe("a release", () => {
  const parsed = (pipelines: Json[]): Stacks =>
    parseStacks({ environment, teams: [{ name: "shop", pipelines }] });
  const released = (pipelines: Json[]) => makeRelease(parsed(pipelines).teams[0]!);

  it("is JSON: what is read back is what was declared", () => {
    const { release, body } = released([visits, drops]);
    const back = JSON.parse(new TextDecoder().decode(body));
    assert.deepEqual(back, release);
    assert.deepEqual(parsed(back.pipelines).teams[0]?.pipelines, release.pipelines);
  });

  it("has the same hash for the same declarations, whatever the order their fields are written in", () => {
    const turned = Object.fromEntries(Object.entries(visits).reverse());
    assert.equal(released([turned, drops]).hash, released([visits, drops]).hash);
    assert.equal(released([visits, drops]).hash.length, 64);
  });

  it("has another hash for any change, the order of columns included: it is silver's", () => {
    const changes: Json[] = [
      upsert({ key: ["id", "note"] }),
      { ...visits, watermark: { start: "2024-01-01T00:00:00Z", lagSeconds: 1 } },
      { ...visits, columns: Object.fromEntries(Object.entries(visits.columns as Json).reverse()) },
      { ...visits, description: "x" },
    ];
    const hashes = [visits, ...changes].map((each) => released([each]).hash);
    assert.equal(new Set(hashes).size, hashes.length);
  });
});
