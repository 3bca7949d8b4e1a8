import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** A local source that gives the answers in turn, the last one for ever, and remembers what it was asked. */
export async function serve(...answers: Answer[]) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const at = { path: request.url ?? "", headers: request.headers, body: await text(request) };
    asked.push(at);
    (answers[Math.min(asked.length, answers.length) - 1] as Answer)(response, at);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers with a status, a body and headers. */
export function answer(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  status = 200,
): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  };
}

/** A clock that stands still and remembers what it was asked to sleep. */
export function stillClock(now = "2026-03-01T00:00:00.000Z") {
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds);
    },
  };
}
