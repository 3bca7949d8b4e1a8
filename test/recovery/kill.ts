import type { Intercept } from "./effects.ts";

/** Where a process dies: before its n-th effect is done, or after it was done and before it is known. */
export interface Kill {
  /** Counted from 1, or the first effect whose name begins so. */
  at: number | string;
  when: "before" | "after";
}

export interface Killer extends Intercept {
  /** The effects begun so far, in order. */
  readonly effects: string[];
  /** Resolves, with what it died of, once the process is dead and what was on its way has come to rest. */
  readonly died: Promise<string>;
}

/**
 * Kills a run in this process: from then on no call to a port has an effect or comes back.
 *
 * Promises that never settle leave no `catch`, `finally` or `close` to run. Effects of other branches
 * that were on their way are done but never answered, as when a request has left a process that dies.
 */
export function openKiller(kill?: Kill): Killer {
  const effects: string[] = [];
  const { promise: died, resolve: rest } = Promise.withResolvers<string>();
  let cause: string | undefined;
  let onTheWay = 0;
  /** The number of the effect it dies of, once that has begun. */
  let fatal = 0;

  return {
    effects,
    died,
    async around(effect, work) {
      if (cause !== undefined || begins(effect)) return never();
      onTheWay++;
      const number = effects.length;
      const settled = await Promise.allSettled([work()]);
      onTheWay--;
      if (cause === undefined && fatal === number && kill?.when === "after") cause = `after ${effect}`;
      if (cause !== undefined) {
        tellWhenAtRest();
        return never();
      }
      if (settled[0].status === "rejected") throw settled[0].reason;
      return settled[0].value;
    },
    passing(effect) {
      if (cause !== undefined || begins(effect)) return false;
      if (fatal === effects.length && kill?.when === "after") {
        // The call itself returns; the next one does not.
        cause = `after ${effect}`;
        tellWhenAtRest();
      }
      return true;
    },
  };

  /** Counts the effect; true where the process dies before it. */
  function begins(effect: string): boolean {
    effects.push(effect);
    if (
      fatal === 0 &&
      (typeof kill?.at === "string" ? effect.startsWith(kill.at) : kill?.at === effects.length)
    )
      fatal = effects.length;
    if (fatal !== effects.length || kill?.when !== "before") return false;
    cause = `before ${effect}`;
    tellWhenAtRest();
    return true;
  }

  function tellWhenAtRest(): void {
    if (onTheWay === 0 && cause !== undefined) rest(cause);
  }
}

/** A process that hangs before an effect until it is woken, and then goes on as if nothing had been. */
export interface Pauser extends Intercept {
  readonly paused: Promise<string>;
  wake(): void;
}

/** Pauses a run before, or after, its n-th effect or the first one of a name; other branches go on. */
export function openPauser(at: number | string, when: "before" | "after" = "before"): Pauser {
  const { promise: paused, resolve: tell } = Promise.withResolvers<string>();
  const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
  let begun = 0;
  let hasPaused = false;
  return {
    paused,
    wake,
    async around(effect, work) {
      begun++;
      const pauses = !hasPaused && (typeof at === "number" ? begun >= at : effect.startsWith(at));
      hasPaused ||= pauses;
      if (pauses && when === "before") await pause(effect);
      const done = await work();
      if (pauses && when === "after") await pause(effect);
      return done;
    },
    // Counted, too, so that numbers are those of the killer's list.
    passing: () => ++begun > 0,
  };

  function pause(effect: string): Promise<void> {
    tell(effect);
    return woken;
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
