import { requireRelease } from "#ledger/lake";
import type { Ports } from "#ports";
import type { Executions } from "#ports/executions";
import { planStarts, type Wakeup } from "./plan.ts";

/** A message of the team's queue. */
export interface Message {
  id: string;
  wakeup: Wakeup;
}

/**
 * Starts what a batch of messages is for. Repeating it is harmless.
 *
 * @returns ids of the messages whose executions could not be started, for the queue to bring them again, and why
 * @throws {FirnError} `release.missing`
 */
export async function runWake(
  of: { team: string; release: string; inbox: Readonly<Record<string, string>> },
  messages: readonly Message[],
  ports: Pick<Ports, "store">,
  executions: Executions,
): Promise<{ failed: string[]; errors: unknown[] }> {
  const release = await requireRelease(await ports.store(of.team), of.release);
  const starting = (some: readonly Message[]) =>
    planStarts(
      release,
      of.release,
      of.inbox,
      some.map(({ wakeup }) => wakeup),
    );
  const failed = new Set<string>();
  const errors: unknown[] = [];
  for (const { machine, name, input } of starting(messages)) {
    try {
      await executions.start(machine, name, input);
    } catch (error) {
      failed.add(machine);
      errors.push(error);
    }
  }
  const again = messages.filter((message) => starting([message]).some(({ machine }) => failed.has(machine)));
  return { failed: again.map(({ id }) => id), errors };
}
