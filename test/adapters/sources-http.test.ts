import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openHttpSource } from "../../runtime/adapters/sources/http.ts";
import type { BatchPlan } from "../../runtime/core/batch.ts";
import { type ErrorCode, FirnError } from "../../runtime/core/errors.ts";
import type { HttpSource } from "../../runtime/declare.ts";
import type { Chunk } from "../../runtime/ports/source.ts";
import { type Answer, answer, serve, stillClock } from "../support/sources/server.ts";

const token = "token-that-nobody-may-see";
const shard: BatchPlan["shards"][number] = {
  name: "s1",
  window: { from: "2026-01-01T00:00:00.000Z", to: "2026-01-02T00:00:00.000Z" },
};
const plain: HttpSource = {
  kind: "http",
  connection: "lms",
  path: "/api/events",
  window: { since: "since", before: "before" },
  paging: { style: "link" },
};

describe("reading pages over HTTP", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it("asks for the window, the fixed query and the page size, with the token and for gzip", async () => {
    const { chunks, asked } = await read([answer("[1]")], {
      query: { types: "a b" },
      pageSize: { param: "per_page", value: 50 },
      auth: { kind: "bearer", secret: "lms_token" },
    });
    assert.deepEqual(records(chunks), [1]);
    const url = new URL(asked[0]?.path ?? "", "http://x");
    assert.equal(url.pathname, "/api/events");
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      types: "a b",
      since: "2026-01-01T00:00:00.000Z",
      before: "2026-01-02T00:00:00.000Z",
      per_page: "50",
    });
    const { authorization, "accept-encoding": encoding, "user-agent": agent } = asked[0]?.headers ?? {};
    assert.deepEqual([authorization, encoding, agent], [`Bearer ${token}`, "gzip", "firn"]);
  });

  it("sends no authorization where none is declared", async () => {
    const { asked } = await read([answer("[]")]);
    assert.equal(asked[0]?.headers.authorization, undefined);
  });

  it("follows the server's links as they are, relative ones too, past an empty page", async () => {
    const { chunks, asked } = await read([
      answer("[1]", { link: '<?page=2&x=%2F>; rel="next"' }),
      answer("[]", { Link: '</other/3>; rel="next"' }),
      answer("[2]", { link: '</api/events?page=1>; rel="prev"' }),
    ]);
    assert.deepEqual(records(chunks), [1, 2]);
    assert.deepEqual(
      asked.slice(1).map(({ path }) => path),
      ["/api/events?page=2&x=%2F", "/other/3"],
    );
  });

  for (const [what, answers, paging, paths] of [
    [
      "an address",
      ['{"d":{"r":[1]},"p":{"next":"/more?c=%20a"}}', '{"d":{"r":[2]},"p":{"next":null}}'],
      { style: "cursor", next: "p.next" },
      ["/more?c=%20a"],
    ],
    [
      "a token",
      ['{"d":{"r":[1]},"next":"a/b=="}', '{"d":{"r":[2]},"next":""}'],
      { style: "cursor", next: "next", param: "after" },
      [
        "/api/events?since=2026-01-01T00%3A00%3A00.000Z&before=2026-01-02T00%3A00%3A00.000Z&after=a%2Fb%3D%3D",
      ],
    ],
    [
      "a number",
      ['{"d":{"r":[1]},"next":2}', '{"d":{"r":[2]}}'],
      { style: "cursor", next: "next", param: "page" },
      ["/api/events?since=2026-01-01T00%3A00%3A00.000Z&before=2026-01-02T00%3A00%3A00.000Z&page=2"],
    ],
  ] as const) {
    it(`follows a cursor in the body that is ${what}`, async () => {
      const { chunks, asked } = await read(
        answers.map((body) => answer(body)),
        { paging, records: "d.r" },
      );
      assert.deepEqual(records(chunks), [1, 2]);
      assert.deepEqual(
        asked.slice(1).map(({ path }) => path),
        paths,
      );
    });
  }

  const window = "since=2026-01-01T00%3A00%3A00.000Z&before=2026-01-02T00%3A00%3A00.000Z";
  for (const [what, bodies, paging, queries] of [
    ["by number", ["[1,2]", "[3]", " [ ]"], { style: "page", param: "p" }, ["&p=1", "&p=2", "&p=3"]],
    ["by number from 0", ["[1]", "[]"], { style: "page", param: "p", first: 0 }, ["&p=0", "&p=1"]],
    [
      "by offset, counting what came and not what was asked for",
      ['["a]", [1, 2], {"b": "]"}]', "[1,2]", "[]"],
      { style: "offset", param: "skip" },
      ["&skip=0", "&skip=3", "&skip=5"],
    ],
    [
      "after the last record",
      ['[{"id":9},{"id":{"n":"x y"}}]', '[{"id":{"n":7}}]', "[]"],
      { style: "after", param: "starting_after", field: "id.n" },
      ["", "&starting_after=x+y", "&starting_after=7"],
    ],
  ] as const) {
    it(`pages ${what}, until a page is empty`, async () => {
      const { chunks, asked } = await read(
        bodies.map((body) => answer(body)),
        { paging },
      );
      assert.equal(
        records(chunks).length,
        bodies.reduce((total, body) => total + JSON.parse(body).length, 0),
      );
      assert.deepEqual(
        asked.map(({ path }) => path),
        queries.map((query) => `/api/events?${window}${query}`),
      );
    });
  }

  for (const [what, paging, headers, path] of [
    [
      "a token",
      { style: "header", header: "X-Next", param: "c" },
      { "x-next": "a b" },
      `/api/events?${window}&c=a+b`,
    ],
    ["an address", { style: "header", header: "x-next" }, { "X-Next": "/more?c=1" }, "/more?c=1"],
  ] as const) {
    it(`follows a cursor in a header that is ${what}`, async () => {
      const { chunks, asked } = await read([answer("[1]", headers), answer("[2]")], { paging });
      assert.deepEqual(records(chunks), [1, 2]);
      assert.equal(asked[1]?.path, path);
    });
  }

  it("posts what is asked in a JSON body: counts as numbers, dotted names inside, fixed ones in the query", async () => {
    const { chunks, asked } = await read([answer("[1]"), answer("[]")], {
      query: { tenant: "a b" },
      window: { since: "filter.updated.gt", before: "filter.updated.lte" },
      pageSize: { param: "size", value: 2 },
      paging: { style: "offset", param: "page.from" },
      post: { body: { sort: ["updated"], filter: { kind: "x" } } },
    });
    assert.deepEqual(records(chunks), [1]);
    assert.deepEqual(
      asked.map(({ path, body }) => [path, JSON.parse(body)]),
      [0, 1].map((from) => [
        "/api/events?tenant=a+b",
        {
          sort: ["updated"],
          filter: {
            kind: "x",
            updated: { gt: "2026-01-01T00:00:00.000Z", lte: "2026-01-02T00:00:00.000Z" },
          },
          size: 2,
          page: { from },
        },
      ]),
    );
    assert.equal(asked[0]?.headers["content-type"], "application/json");
  });

  it("unpacks gzip, and counts bytes as unpacked and every request", async () => {
    const body = JSON.stringify(["x".repeat(5000)]);
    const { chunks } = await read([
      answer("", {}, 500),
      answer(gzipSync(body), { "content-encoding": "gzip" }),
    ]);
    assert.deepEqual(
      chunks.map(({ bytes, requests }) => [bytes, requests]),
      [[body.length, 2]],
    );
  });

  it("makes the same chunks of the same pages: 32 pages, or the page that reaches 8 MiB", async () => {
    const big = JSON.stringify(["x".repeat(3 * 1024 * 1024)]);
    const pages = [...Array(40).fill("[1]"), big, big, big, "[2]"];
    const answers = pages.map((body, at) =>
      answer(body, at + 1 < pages.length ? { link: `<?page=${at + 1}>; rel="next"` } : {}),
    );
    const { chunks } = await read(answers);
    assert.deepEqual(
      chunks.map(({ delivery }) => delivery.kind === "pages" && delivery.pages.length),
      [32, 11, 1],
    );
    assert.equal(
      chunks.reduce((sum, { requests }) => sum + requests, 0),
      44,
    );
  });

  it("fetches one chunk ahead while one is packed, and no further", async () => {
    const server = await started(
      Array.from({ length: 200 }, (_, at) => answer("[1]", { link: `<?page=${at}>; rel="next"` })),
    );
    const source = opened(stillClock());
    for await (const _chunk of source.read({ declaration: plain, shard, address: server.address })) {
      await new Promise((done) => setTimeout(done, 300));
      break;
    }
    assert.equal(server.asked.length, 64);
  });

  describe("where the source asks to slow down", () => {
    for (const [what, headers, body, wait] of [
      ["seconds", { "retry-after": "7" }, "{}", 7000],
      ["a date", { "retry-after": "Sun, 01 Mar 2026 00:00:09 GMT" }, "{}", 9000],
      ["a reset in seconds", { "x-rate-limit-reset": "3" }, "{}", 3000],
      [
        "a reset as an instant",
        { "x-ratelimit-reset": String(Date.parse("2026-03-01T00:00:04Z") / 1000) },
        "{}",
        4000,
      ],
    ] as const) {
      it(`waits as long as it says in ${what}`, async () => {
        const { chunks, clock } = await read([answer(body, headers, 429), answer("[1]")]);
        assert.deepEqual([records(chunks), clock.slept], [[1], [wait]]);
      });
    }

    it("takes a 403 that says Rate Limit Exceeded as that, and waits with growing jitter", async () => {
      const slow = answer("403 Forbidden (Rate Limit Exceeded)\n", {}, 403);
      const { chunks, clock } = await read([slow, slow, slow, answer("[1]")]);
      assert.deepEqual([records(chunks), clock.slept], [[1], [250, 500, 1000]]);
    });

    it("gives up at once where the wait is longer than declared, and names it", async () => {
      const failure = await fails(
        "source.rate_limited",
        [answer("", { "retry-after": "3600" }, 429)],
        {},
        /asks to wait 3600 seconds, more than the 60 declared.*Run again in 3600 seconds/s,
      );
      assert.equal(failure.asked.length, 1);
    });

    it("gives up after the declared attempts", async () => {
      const failure = await fails(
        "source.rate_limited",
        [answer("", {}, 429)],
        { limits: { attempts: 2 } },
        /asked to slow down 2 times/,
      );
      assert.equal(failure.asked.length, 2);
    });
  });

  describe("where something fails on the way", () => {
    const cut: Answer = (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("[1,");
      setTimeout(() => response.destroy(), 10);
    };
    const reset: Answer = (response) => response.destroy();
    for (const [what, broken] of [
      ["a server error", answer("", {}, 503)],
      ["a reset", reset],
      ["a body that is shorter than it says", cut],
      ["JSON that ends early", answer('[{"a":1},{"a"')],
      [
        "gzip that ends early",
        answer(gzipSync("[1,2,3,4,5,6,7,8,9]").subarray(0, 20), { "content-encoding": "gzip" }),
      ],
    ] as const) {
      it(`tries again after ${what}`, async () => {
        assert.deepEqual(records((await read([broken, answer("[1]")])).chunks), [1]);
      });
    }

    it("calls server errors unavailable in the end", () =>
      fails("source.unavailable", [answer("", {}, 502)], {}, /answered 502 in each of 4 tries/));
    it("calls resets unreachable in the end", () =>
      fails(
        "source.unreachable",
        [reset],
        {},
        /could not be read in 4 tries.*address in stacks\/environments/s,
      ));
    it("calls short bodies truncated in the end", () =>
      fails("source.truncated", [cut], {}, /broke off inside it.*pageSize/s));
    it("calls JSON that ends early truncated in the end", () =>
      fails("source.truncated", [answer('{"data":[1')], { records: "data" }, /its JSON ends early/));
    it("calls silence unreachable, and says how long it waited", () =>
      fails(
        "source.unreachable",
        [() => {}],
        { limits: { requestSeconds: 1, attempts: 1 } },
        /no answer within 1 s/,
      ));
    it("calls a closed port unreachable", async () => {
      const server = await serve(answer("[]"));
      await server.close();
      await fails("source.unreachable", [], { limits: { attempts: 1 } }, /ECONNREFUSED/, server.address);
    });
  });

  describe("where an answer cannot be right", () => {
    it("names the secret to check after 401 and 403, never its value", async () => {
      for (const status of [401, 403]) {
        const { asked } = await fails(
          "source.refused",
          [answer("no", {}, status)],
          { auth: { kind: "bearer", secret: "lms_token" } },
          new RegExp(`with ${status}.*secret "lms_token"`, "s"),
        );
        assert.equal(asked.length, 1);
      }
      await fails("source.refused", [answer("no", {}, 401)], {}, /the declaration names none/);
    });
    it("does not try a 404 again", async () => {
      const { asked } = await fails(
        "source.refused",
        [answer("no", {}, 404)],
        {},
        /\/api\/events refused the request with 404.*Correct path/s,
      );
      assert.equal(asked.length, 1);
    });
    it("refuses HTML that came with 200", () =>
      fails(
        "source.not_json",
        [answer("<!doctype html><p>Sign in")],
        {},
        /HTML where JSON was expected.*auth/s,
      ));
    it("refuses an error that came with 200", () =>
      fails(
        "source.not_json",
        [
          answer(
            '{"exception":"moodle_exception","errorcode":"invalidtoken","message":"Invalid token ann@x.org"}',
          ),
        ],
        {},
        /error in its body \(invalidtoken\)/,
      ));
    it("refuses a body without the declared array", () =>
      fails(
        "source.not_json",
        [answer('{"items":[]}')],
        { records: "data.items" },
        /no array at "data\.items"/,
      ));
    it("refuses text", () => fails("source.not_json", [answer("ok")], {}, /what is not JSON/));
    it("refuses a cursor that is no text", () =>
      fails(
        "source.not_json",
        [answer('{"r":[],"next":{"a":1}}')],
        { records: "r", paging: { style: "cursor", next: "next" } },
        /neither an address nor a token/,
      ));
    it("refuses a last record without the field that the next page is asked by", () =>
      fails(
        "source.not_json",
        [answer('[{"id":1},{"ID":2}]')],
        { paging: { style: "after", param: "a", field: "id" } },
        /has a last record without a text or number at "id"/,
      ));
    it("refuses a source that does not know the paging parameter", () =>
      fails(
        "source.cursor_repeated",
        [answer("[1]"), answer("[1]")],
        { paging: { style: "page", param: "seite" } },
        /gave the same page twice in a row.*Correct paging.param/s,
      ));
    it("refuses an address that is none", () =>
      fails("environment.invalid", [], {}, /no http or https address/, "lms.example"));
  });

  describe("where paging goes astray", () => {
    it("sends nothing to another origin, by link, cursor or redirect", async () => {
      const other = await started([answer("[2]")]);
      for (const [given, change] of [
        [answer("[1]", { link: `<${other.address}/2>; rel="next"` }), {}],
        [
          answer(`{"r":[1],"next":"${other.address}/2"}`),
          { records: "r", paging: { style: "cursor", next: "next" } },
        ],
        [answer("", { location: `${other.address}/2` }, 302), {}],
        [answer("[1]", { link: '<//other.example/2>; rel="next"' }), {}],
      ] as [Answer, Partial<HttpSource>][]) {
        await fails(
          "source.foreign_link",
          [given],
          { ...change, auth: { kind: "bearer", secret: "lms_token" } },
          /leads to http:\/\/.*nothing was sent/s,
        );
      }
      assert.equal(other.asked.length, 0);
    });

    it("follows a redirect within the origin, but not for ever", async () => {
      const { chunks, asked } = await read([answer("", { location: "/v2/events" }, 301), answer("[1]")]);
      assert.deepEqual([records(chunks), asked[1]?.path], [[1], "/v2/events"]);
      await fails(
        "source.refused",
        [answer("", { location: "/again" }, 302)],
        {},
        /redirects more than 5 times/,
      );
    });

    it("notices a loop, having fetched the page once more", async () => {
      const { asked } = await fails(
        "source.cursor_repeated",
        [
          answer("[1]", { link: '<?page=2>; rel="next"' }),
          answer("[2]", { link: '<?page=3>; rel="next"' }),
          answer("[3]", { link: '<?page=2>; rel="next"' }),
          answer("[2]", { link: '<?page=3>; rel="next"' }),
        ],
        {},
        /leads back to a page that was read already\..*the same/s,
      );
      assert.equal(asked.length, 4);
    });

    it("tells a page that changed from one that repeats", () =>
      fails(
        "source.page_changed",
        [
          answer("[1]", { link: '<?page=2>; rel="next"' }),
          answer("[2]", { link: '<?page=2>; rel="next"' }),
          answer("[9]"),
        ],
        {},
        /now holds other records/,
      ));

    it("stops at pagesMax", () =>
      fails(
        "source.limit",
        [
          answer("[1]", { link: '<?page=2>; rel="next"' }),
          answer("[2]", { link: '<?page=3>; rel="next"' }),
          answer("[3]", { link: '<?page=4>; rel="next"' }),
        ],
        { limits: { pagesMax: 2 } },
        /more than pagesMax, 2 pages/,
      ));

    it("stops at pageBytesMax, packed or not", async () => {
      const body = JSON.stringify(["x".repeat(5000)]);
      for (const each of [answer(body), answer(gzipSync(body), { "content-encoding": "gzip" })])
        await fails(
          "source.limit",
          [each],
          { limits: { pageBytesMax: 1000 } },
          /larger than pageBytesMax, 1000 bytes/,
        );
    });
  });

  function opened(clock: ReturnType<typeof stillClock>) {
    const source = openHttpSource({ secrets: { get: async () => token }, clock, random: () => 0.5 });
    closing.push(() => source.close());
    return source;
  }

  async function started(answers: readonly Answer[]) {
    const server = await serve(...answers);
    closing.push(() => server.close());
    return server;
  }

  async function read(answers: readonly Answer[], change: Partial<HttpSource> = {}, address?: string) {
    const server = await started(answers);
    const clock = stillClock();
    const chunks: Chunk[] = [];
    const reading = opened(clock).read({
      declaration: { ...plain, ...change },
      shard,
      address: address ?? server.address,
    });
    for await (const chunk of reading) chunks.push(chunk as Chunk);
    return { chunks, asked: server.asked, clock };
  }

  /** The failure's message has its three parts, and holds neither the token nor a query. */
  async function fails(
    code: ErrorCode,
    answers: readonly Answer[],
    change: Partial<HttpSource>,
    saying: RegExp,
    address?: string,
  ) {
    const server = await started(answers.length > 0 ? answers : [answer("[]")]);
    const reading = opened(stillClock()).read({
      declaration: { ...plain, ...change },
      shard,
      address: address ?? server.address,
    });
    await assert.rejects(
      async () => {
        for await (const _chunk of reading);
      },
      (error) => {
        assert.ok(error instanceof FirnError, String(error));
        assert.equal(error.code, code, error.message);
        for (const part of [error.what, error.why, error.fix]) assert.match(part, /^\S.*[.]$/s);
        assert.match(error.message, saying);
        assert.doesNotMatch(error.message, /nobody-may-see|since=|page=|ann@/);
        return true;
      },
    );
    return server;
  }
});

function records(chunks: readonly Chunk[]): unknown[] {
  return chunks.flatMap(({ delivery }) => {
    assert.equal(delivery.kind, "pages");
    return delivery.kind === "pages"
      ? delivery.pages.flatMap((page) => JSON.parse(Buffer.from(page).toString()) as unknown[])
      : [];
  });
}
