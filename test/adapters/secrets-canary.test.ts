import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { runLocally } from "#orchestrate/local";
import { wrapPorts } from "../recovery/effects.ts";
import { type Found, openSearch, type Search } from "../support/canary.ts";
import { openRig, type Rig, rigTeam } from "../support/pipeline.ts";
import {
  csvWithPii,
  pagesWithPii,
  personal,
  piiColumns,
  refusedWithPii,
} from "../support/sources/personal.ts";
import { type Answer, answer, serve } from "../support/sources/server.ts";

/** None of these may stand anywhere, in any form. Headers take no more than ASCII. */
const secret = 'sk-canary/5e3d"q\\uote&0b8f6c+1a7e==';
const password = "pässwörd-canary-4d9e";
const token = "token-canary/7c1f+a4b8==";
const piiKey = "pii-key-canary-9b2e77aa01cc";
const canaries = { secret, password, token, "PII key": piiKey, ...personal };

const auths = {
  bearer: { kind: "bearer", secret: "api_secret" },
  basic: { kind: "basic", user: "ann", secret: "api_password" },
  header: { kind: "header", header: "X-Api-Key", secret: "api_secret" },
  client_credentials: {
    kind: "client_credentials",
    tokenUrl: "/token",
    clientId: "firn",
    secret: "api_password",
  },
} as const;

/** What a source answers that shows all it was sent: the worst that can be written into a message. */
const echo =
  (status: number, type = "text/html"): Answer =>
  (response, { headers, path }) => {
    const all = `${JSON.stringify(headers)} ${path} ${Object.values(canaries).join(" ")}`;
    response.writeHead(status, { "content-type": type, "www-authenticate": `Bearer error="${token}"` });
    response.end(status === 200 && type === "text/html" ? `<html>Sign in: ${all}</html>` : all);
  };

/** How a run of each kind ends: the code, and the answers of the source. */
const troubles: Record<string, { code: string; page?: Answer; token?: Answer }> = {
  "401": { code: "source.refused", page: echo(401) },
  "403": { code: "source.refused", page: echo(403) },
  "500": { code: "source.unavailable", page: echo(500) },
  "429 for ever": { code: "source.rate_limited", page: echo(429) },
  "a sign-in page": { code: "source.not_json", page: echo(200) },
  "an error in JSON": {
    code: "source.not_json",
    page: answer(JSON.stringify({ exception: secret, message: personal.email })),
  },
  "a page cut inside a record": {
    code: "source.truncated",
    page: answer(JSON.stringify({ next: null, data: [personal] }).slice(0, -5)),
  },
  "a link to another host with the token in it": {
    code: "source.foreign_link",
    page: answer(`{"next":"https://elsewhere.example/?token=${encodeURIComponent(token)}","data":[]}`),
  },
  "no answer in time": { code: "source.unreachable", page: () => {} },
  "a broken connection": { code: "source.unreachable", page: (response) => response.destroy() },
};
const tokenTroubles: typeof troubles = {
  "no token: 401": { code: "source.refused", token: echo(401) },
  "no token: 500": { code: "source.unavailable", token: echo(500) },
  "no token: a sign-in page": { code: "source.refused", token: echo(200) },
  "a token under another name": {
    code: "source.refused",
    token: answer(JSON.stringify({ id_token: token, error_description: password })),
  },
};

describe("secrets and personal data", function () {
  this.timeout(60_000);
  let search: Search;
  let rig: Rig;
  const found: Found[] = [];
  before(() => {
    search = openSearch(canaries);
  });
  beforeEach(() => {
    found.length = 0;
  });
  afterEach(() => rig.close());

  for (const [kind, auth] of Object.entries(auths)) {
    it(`signed in by ${kind}: stand in no file, alert or error, whatever the source answers`, async () => {
      let trouble: (typeof troubles)[string] | undefined;
      let signedIn = 0;
      const server = await serve((response, asked) => {
        if (asked.path.startsWith("/token"))
          return (trouble?.token ?? answer(`{"access_token":${JSON.stringify(token)}}`))(response, asked);
        signedIn += asked.headers.authorization || asked.headers["x-api-key"] ? 1 : 0;
        if (trouble?.page) return trouble.page(response, asked);
        const second = asked.path.includes("page=");
        answer(`{"next":${second ? "null" : '"/people?page=2"'},"data":${pagesWithPii[second ? 1 : 0]}}`)(
          response,
          asked,
        );
      });
      rig = await openRig(people(auth), { address: server.address, secrets });
      try {
        await rig.run("2024-03-01T06:00:00.000Z");
        // What cannot depend on how a run signs in is met once.
        const met =
          kind === "bearer"
            ? troubles
            : {
                "401": troubles["401"],
                "500": troubles["500"],
                ...(kind === "client_credentials" && tokenTroubles),
              };
        for (const [what, each] of Object.entries(met)) {
          trouble = each as typeof trouble;
          // A new world has no token yet.
          const now = `2024-03-02T06:00:${String(Object.keys(met).indexOf(what)).padStart(2, "0")}.000Z`;
          const error = await rig.run(now).then(
            () => assert.fail(`${what} was no trouble`),
            (failure: unknown) => failure,
          );
          assert.equal(
            (error as { code?: string }).code,
            trouble?.code,
            `${what}: ${(error as Error).message}`,
          );
          found.push(...search.error(what, error));
        }
        trouble = undefined;
        await (kind === "bearer" ? runWatched : rig.run)("2024-03-02T06:01:00.000Z");
        assert.ok(signedIn > 4, "the source was not signed in to: this proves nothing");
        await holdNothing();
        assert.equal(
          Number(
            (await rig.query("SELECT COUNT(*) AS n FROM silver.people WHERE LENGTH(email) = 64"))[0]?.n,
          ) > 3,
          true,
          "the hashes are there",
        );
      } finally {
        await server.close();
      }
    });
  }

  it("in delivered files: stand in no file, alert or error, whatever is wrong with the files", async () => {
    rig = await openRig(
      { ...people(), source: { kind: "files", connection: "inbox" }, watermark: undefined },
      { secrets },
    );
    for (const [name, body] of Object.entries(csvWithPii)) await rig.deliver(name, body);
    await runWatched("2024-03-01T06:00:00.000Z");
    for (const [name, body] of Object.entries(refusedWithPii)) {
      rig.declare({
        ...people(),
        source: { kind: "files", connection: "inbox", pattern: name },
        watermark: undefined,
      });
      await rig.deliver(name, body);
      const error = await rig.run().then(
        () => assert.fail(`${name} was taken`),
        (failure: unknown) => failure,
      );
      assert.equal((error as { code?: string }).code, "source.file_malformed");
      found.push(...search.error(name, error));
      await rig.deliver(name, csvWithPii["good.csv"] as string, "2024-03-01T07:00:00.000Z");
    }
    await holdNothing();
    assert.ok(
      (await rig.query("FROM quarantine.people")).length > 5,
      "nothing bad was met: this proves too little",
    );
  });

  /** Runs, and looks through the world's folder before, while and after each call of a port. */
  async function runWatched(now: string): Promise<void> {
    const world = await rig.world(now);
    const look = async (effect: string) => {
      for (const each of await search.folder(rig.folder, ["inbox"]))
        found.push({ ...each, where: `${each.where} at ${effect}` });
    };
    const watched = wrapPorts(world, {
      async around(effect, work) {
        let isDone = false;
        const working = work().finally(() => {
          isDone = true;
        });
        while (!isDone) {
          if (/pack|read|ports/.test(effect)) await look(effect);
          await setImmediate();
        }
        await look(effect);
        return working;
      },
      passing: () => true,
    });
    const release = await rig.release();
    const run = { team: rigTeam, pipeline: rig.pipeline.name, release, run: "watched" };
    const { error } = await runLocally(run, watched);
    if (error) throw error;
  }

  async function holdNothing(): Promise<void> {
    found.push(...search.text("alerts", JSON.stringify(rig.alerts)));
    for (const alert of rig.alerts) found.push(...search.text(`alert ${alert.code}`, alert.detail));
    const world = await rig.world();
    await world.close();
    found.push(...(await search.opened(rig.folder, ["inbox"])));
    assert.deepEqual(found, []);
    await rig.world("2024-03-31T00:00:00.000Z");
  }
});

const secrets = { api_secret: secret, api_password: password, [`${rigTeam}_pii_key`]: piiKey };

function people(auth?: unknown): Record<string, unknown> {
  return {
    name: "people",
    source: {
      kind: "http",
      connection: "api",
      path: "/people",
      ...(auth !== undefined && { auth }),
      window: { since: "since" },
      records: "data",
      paging: { style: "cursor", next: "next" },
      limits: { attempts: 1, requestSeconds: 1 },
    },
    columns: piiColumns,
    strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
    watermark: { start: "2024-03-01T00:00:00Z", lagSeconds: 0, overlapSeconds: 0 },
  };
}
