/** Proves to a source who asks, by each declared kind. Values of secrets go into headers and nowhere else. */
import type { Pool } from "undici";
import { FirnError } from "#core/errors";
import { later } from "#core/interval";
import type { HttpSource } from "#firn";
import type { Secrets } from "#ports/secrets";
import { type Authorization, fetchPage, type Requesting } from "./request.ts";

type Auth = NonNullable<HttpSource["auth"]>;
type ClientCredentials = Extract<Auth, { kind: "client_credentials" }>;

interface Surroundings {
  address: string;
  secrets: Secrets;
  /** How to ask for a token: limits, clock, retries as for pages. */
  asked: Omit<Requesting, "authorization">;
  poolOf(origin: string): Pool;
}

export const anonymous: Authorization = {
  secret: undefined,
  headers: async () => ({}),
  renew: () => false,
};

export function openAuthorization(auth: Auth, around: Surroundings): Authorization {
  const value = async () => (await around.secrets.get(auth.secret)).trim();
  switch (auth.kind) {
    case "bearer":
      return fixed(async () => ({ authorization: `Bearer ${await value()}` }));
    case "basic":
      return fixed(async () => ({ authorization: basic(auth.user, await value()) }));
    case "header":
      return fixed(async () => ({ [auth.header.toLowerCase()]: await value() }));
    case "client_credentials":
      return openClientCredentials(auth, value, around);
  }

  function fixed(make: () => Promise<Record<string, string>>): Authorization {
    let headers: Promise<Record<string, string>> | undefined;
    return {
      secret: auth.secret,
      headers() {
        headers ??= make();
        return headers;
      },
      renew: () => false,
    };
  }
}

interface Token {
  value: string;
  /** The instant from which on another one is asked for. */
  until: string;
}

/** A token is asked for again so long before it expires: clocks differ, and a request takes time. */
const earlySeconds = 60;
/** What is taken for the life of a token that does not say. */
const usualSeconds = 3600;

function openClientCredentials(
  auth: ClientCredentials,
  secret: () => Promise<string>,
  { address, asked, poolOf }: Surroundings,
): Authorization {
  let token: Promise<Token> | undefined;
  return {
    secret: auth.secret,
    async headers() {
      token ??= signIn();
      const known = token;
      const { value, until } = await known.catch(forget);
      if (asked.clock.now() < until) return { authorization: `Bearer ${value}` };
      // Of many readers that wait here, the first asks for another one.
      if (token === known || token === undefined) token = signIn();
      return { authorization: `Bearer ${(await token.catch(forget)).value}` };
    },
    renew() {
      token = undefined;
      return true;
    },
  };

  /** A failure is not remembered: the next request tries again. */
  function forget(error: unknown): never {
    token = undefined;
    throw error;
  }

  async function signIn(): Promise<Token> {
    const url = URL.parse(
      auth.tokenUrl.startsWith("/") ? address.replace(/\/+$/, "") + auth.tokenUrl : auth.tokenUrl,
    );
    if (url === null) throw noToken(auth.tokenUrl, "is no address");
    const client = basic(encodeURIComponent(auth.clientId), encodeURIComponent(await secret()));
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    if (auth.scope !== undefined) form.set("scope", auth.scope);
    const page = await fetchPage(
      url,
      {
        ...asked,
        pool: poolOf(url.origin),
        post: ({ pathname, search }) => ({
          path: pathname + search,
          type: "application/x-www-form-urlencoded",
          body: form.toString(),
        }),
        authorization: {
          secret: auth.secret,
          headers: async () => ({ authorization: client }),
          renew: () => false,
        },
        signal: new AbortController().signal,
      },
      () => {},
    );
    const answer = parsed(page.body);
    if (typeof answer?.access_token !== "string" || answer.access_token === "")
      throw noToken(url.pathname, "answered without an access_token");
    const seconds = Number(answer.expires_in ?? usualSeconds);
    const life = Number.isFinite(seconds) ? Math.max(0, seconds - Math.min(earlySeconds, seconds / 2)) : 0;
    return { value: answer.access_token, until: later(asked.clock.now(), Math.floor(life)) };
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function noToken(path: string, how: string): FirnError {
  return new FirnError("source.refused", {
    what: `${path} ${how}.`,
    why: "It is where the source's tokens are asked for, and without one nothing can be read.",
    fix: "Correct auth.tokenUrl in the pipeline's source by the source's documentation.",
  });
}
