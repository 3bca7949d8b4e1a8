import assert from "node:assert/strict";
import { openHttpSource } from "../../runtime/adapters/sources/http.ts";
import { FirnError } from "../../runtime/core/errors.ts";
import type { HttpSource } from "../../runtime/declare.ts";
import { type Answer, answer, serve } from "../support/sources/server.ts";

const value = "s3cret:ü nobody-may-see";
const base: HttpSource = {
  kind: "http",
  connection: "crm",
  path: "/v1/contacts",
  window: { since: "since" },
  paging: { style: "link" },
};
const credentials = {
  kind: "client_credentials",
  tokenUrl: "/oauth/token",
  clientId: "firn client",
  secret: "crm_secret",
} as const;

describe("proving to a source who asks", () => {
  const closing: (() => Promise<void>)[] = [];
  let now = "2026-03-01T00:00:00.000Z";
  beforeEach(() => {
    now = "2026-03-01T00:00:00.000Z";
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it("sends a user and a password as RFC 7617 writes them", async () => {
    const { read, asked } = await open({ kind: "basic", user: "ann", secret: "crm_secret" });
    await read();
    const sent = asked[0]?.headers.authorization?.replace("Basic ", "") ?? "";
    assert.equal(Buffer.from(sent, "base64").toString("utf8"), `ann:${value}`);
  });

  it("sends a header of the source's own", async () => {
    const { read, asked } = await open({ kind: "header", header: "X-Api-Key", secret: "plain_key" });
    await read();
    assert.equal(asked[0]?.headers["x-api-key"], "plain-key");
    assert.equal(asked[0]?.headers.authorization, undefined);
  });

  it("signs in once for all readers, by client credentials with a scope", async () => {
    const { read, asked, bodies } = await open({ ...credentials, scope: "read all" });
    await Promise.all([read(), read(), read()]);
    const [first, ...pages] = asked;
    assert.equal(first?.path, "/oauth/token");
    assert.equal(bodies[0], "grant_type=client_credentials&scope=read+all");
    const sent = first?.headers.authorization?.replace("Basic ", "") ?? "";
    assert.equal(
      Buffer.from(sent, "base64").toString("utf8"),
      `${encodeURIComponent("firn client")}:${encodeURIComponent(value)}`,
    );
    assert.deepEqual(
      pages.map(({ path, headers }) => [path.split("?")[0], headers.authorization]),
      Array.from({ length: 3 }, () => ["/v1/contacts", "Bearer token-1"]),
    );
  });

  it("asks for another token before one expires", async () => {
    const { read, tokensUsed } = await open(credentials);
    await read();
    now = "2026-03-01T00:08:59.000Z";
    await read();
    now = "2026-03-01T00:09:00.000Z";
    await read();
    assert.deepEqual(tokensUsed(), ["token-1", "token-1", "token-2"]);
    now = "2026-03-01T01:00:00.000Z";
    await Promise.all([read(), read(), read()]);
    assert.deepEqual(tokensUsed().slice(3), ["token-3", "token-3", "token-3"]);
  });

  it("asks for another token where the source has revoked one, and reads the same page again", async () => {
    const { read, tokensUsed } = await open(credentials, [answer("[1]"), answer("", {}, 401), answer("[2]")]);
    await read();
    assert.deepEqual(await read(), [2]);
    assert.deepEqual(tokensUsed(), ["token-1", "token-1", "token-2"]);
  });

  it("gives up where the source refuses a new token, too", async () => {
    const { read, tokensUsed } = await open(credentials, [answer("", {}, 401)]);
    await fails(read(), "source.refused", /refused the request with 401.*secret "crm_secret"/s);
    assert.deepEqual(tokensUsed(), ["token-1", "token-2"]);
  });

  it("names the secret where the source does not sign the client in, and tries again next time", async () => {
    const { read, sign } = await open(credentials);
    sign(answer('{"error":"invalid_client"}', {}, 401));
    await fails(read(), "source.refused", /oauth\/token refused the request with 401.*secret "crm_secret"/s);
    sign();
    assert.deepEqual(await read(), [1]);
  });

  it("tries again where signing in fails in passing", async () => {
    const { read, sign, asked } = await open(credentials);
    sign(answer("", {}, 503));
    await fails(read(), "source.unavailable", /oauth\/token answered 503 in each of 4 tries/);
    assert.equal(asked.length, 4);
  });

  for (const [what, body] of [
    ["HTML", "<html>sign in</html>"],
    ["JSON without a token", '{"token_type":"bearer"}'],
    ["an empty token", '{"access_token":""}'],
  ] as const) {
    it(`refuses ${what} in place of a token`, async () => {
      const { read, sign } = await open(credentials);
      sign(answer(body));
      await fails(read(), "source.refused", /oauth\/token answered without an access_token.*auth\.tokenUrl/s);
    });
  }

  async function open(auth: NonNullable<HttpSource["auth"]>, pages: Answer[] = [answer("[1]")]) {
    let signed = 0;
    let paged = 0;
    let signIn: Answer | undefined;
    const bodies: string[] = [];
    const server = await serve((response, asked) => {
      if (asked.path !== "/oauth/token") {
        const page = pages[Math.min(paged++, pages.length - 1)] as Answer;
        return page(response, asked);
      }
      bodies.push(asked.body);
      const token = answer(`{"access_token":"token-${++signed}","expires_in":600}`);
      (signIn ?? token)(response, asked);
    });
    const source = openHttpSource({
      secrets: { get: async (name) => (name === "plain_key" ? "plain-key" : value) },
      clock: { now: () => now, sleep: async () => {} },
      random: () => 0,
    });
    closing.push(source.close ?? (async () => {}), server.close);
    return {
      asked: server.asked,
      bodies,
      sign(by?: Answer) {
        signIn = by;
      },
      tokensUsed: () =>
        server.asked
          .filter(({ path }) => path !== "/oauth/token")
          .map(({ headers }) => headers.authorization?.replace("Bearer ", "")),
      async read(): Promise<unknown[]> {
        const records: unknown[] = [];
        const shard = { name: "s1", window: { from: "2026-01-01T00:00:00.000Z", to: now } };
        for await (const chunk of source.read({
          declaration: { ...base, auth },
          shard,
          address: server.address,
        })) {
          if ("delivery" in chunk && chunk.delivery.kind === "pages")
            for (const page of chunk.delivery.pages)
              records.push(...JSON.parse(Buffer.from(page).toString()));
        }
        return records;
      },
    };
  }

  async function fails(reading: Promise<unknown>, code: string, saying: RegExp): Promise<void> {
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof FirnError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, saying);
      assert.doesNotMatch(
        JSON.stringify([error, error.message, String(error.cause)]),
        /nobody-may-see|token-\d/,
      );
      return true;
    });
  }
});
