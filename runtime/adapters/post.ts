import { request } from "undici";

/** Longest wait for a target's answer. */
const timeoutMilliseconds = 10_000;

/** Posts JSON and gives the status. The answer's body is not read, since it may quote what was sent. */
export async function post(url: string, body: unknown): Promise<number> {
  const answer = await request(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    headersTimeout: timeoutMilliseconds,
    bodyTimeout: timeoutMilliseconds,
  });
  await answer.body.dump();
  return answer.statusCode;
}
