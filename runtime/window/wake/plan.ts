import { sha256 } from "#core/ids";
import { goldFence } from "#core/names";
import { firstModelState, firstState, type ModelState, type Release, type StageState } from "#release";

/** Why the waker was called, of whatever a queue brought it. */
export type Wakeup =
  /** A pipeline's schedule fired. `scheduledAt`: the instant it was to, whenever it did. */
  | { kind: "schedule"; pipeline: string; scheduledAt: string }
  /** A file arrived in the team's inbox. `delivery` tells one arrival from another. */
  | { kind: "file"; key: string; delivery: string }
  /** A pipeline's run ended well, so gold may have something to build. */
  | { kind: "run"; execution: string };

/** An execution to start. */
export interface Start {
  machine: string;
  /** The same for the same wake-up: Step Functions refuses a name it has seen in the last 90 days. */
  name: string;
  input: StageState | ModelState;
}

/**
 * What a batch of wake-ups starts: one execution a pipeline, however many files came, and one of gold.
 *
 * The names of executions come from what woke them, so that what is delivered twice starts nothing twice; a part
 * of a burst that comes again may start one more, which finds nothing to read.
 * Wake-ups of what is not declared (a file of no pipeline's folder, a schedule of a pipeline that was removed)
 * start nothing.
 *
 * @param inbox the folders of the inbox, ending in `/`, by the connections of this environment
 */
export function planStarts(
  release: Release,
  hash: string,
  inbox: Readonly<Record<string, string>>,
  wakeups: readonly Wakeup[],
): Start[] {
  const reasons = new Map<string, string[]>();
  for (const wakeup of wakeups) {
    for (const machine of wokenBy(wakeup)) {
      reasons.set(machine, [...(reasons.get(machine) ?? []), reasonOf(wakeup)]);
    }
  }
  return [...reasons].map(([machine, of]) => {
    const name = executionName(machine, of);
    const { team } = release;
    const input =
      machine === goldFence
        ? firstModelState({ team, release: hash, run: name })
        : firstState({ team, pipeline: machine, release: hash, run: name });
    return { machine, name, input };
  });

  function wokenBy(wakeup: Wakeup): string[] {
    if (wakeup.kind === "run") return Object.keys(release.models).length > 0 ? [goldFence] : [];
    return release.pipelines
      .filter(({ name, source }) =>
        wakeup.kind === "schedule"
          ? name === wakeup.pipeline
          : source.kind === "files" && wakeup.key.startsWith(inbox[source.connection] ?? "\0"),
      )
      .map(({ name }) => name);
  }
}

function reasonOf(wakeup: Wakeup): string {
  if (wakeup.kind === "schedule") return `schedule ${wakeup.scheduledAt}`;
  return wakeup.kind === "file" ? `file ${wakeup.delivery}` : `run ${wakeup.execution}`;
}

/**
 * `<machine>-<when or what>-<hash>`, 80 letters at most. Of several reasons the least counts, since a queue may
 * bring the rest of a burst, in another order, with a second delivery.
 */
function executionName(machine: string, reasons: readonly string[]): string {
  const [reason = ""] = [...reasons].sort();
  const [kind = "", at = ""] = reason.split(" ");
  const told = kind === "schedule" ? at.replaceAll(/[^0-9TZ]/g, "") : kind;
  return `${machine.slice(0, 40)}-${told.slice(0, 20)}-${sha256(`${machine} ${reason}`).slice(0, 16)}`;
}
