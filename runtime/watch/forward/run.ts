import { FirnError } from "#core/errors";
import type { Secrets } from "#ports/secrets";
import { type Notice, planForwarding, type Target } from "./plan.ts";

/** Posts JSON and gives the status of the answer. */
export type Post = (url: string, body: unknown) => Promise<number>;

/**
 * Tells all targets of a notice. One that fails does not keep the others from it; the notice then comes again,
 * and a target may hear it twice.
 *
 * @throws {FirnError} `source.unreachable` where a target did not take it, naming no address: it is a secret
 */
export async function runForward(
  notice: Notice,
  targets: readonly Target[],
  secrets: Secrets,
  post: Post,
): Promise<void> {
  const failed: string[] = [];
  let cause: unknown;
  for (const { target, secret, url, body } of planForwarding(notice, targets)) {
    try {
      const value = await secrets.get(secret);
      // What went wrong may quote the address, which is Slack's secret: only the status is told.
      const status = await post(url(value), body(value)).catch(() => 0);
      if (status < 200 || status > 299) failed.push(status === 0 ? target : `${target} (${status})`);
    } catch (error) {
      failed.push(target);
      cause = error;
    }
  }
  if (failed.length === 0) return;
  if (cause instanceof FirnError) throw cause;
  throw new FirnError("source.unreachable", {
    what: `An alert did not reach ${failed.join(" and ")}.`,
    why: "The target did not take it; after two more tries it lies in the dead letters.",
    fix: "See whether the target's secret is right (`firn secrets set`) and the target is up, then send it again from the queue of dead letters.",
  });
}
