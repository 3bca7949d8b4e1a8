/**
 * Lets this process end although runs that were killed in it have timers open; a killed process has none.
 *
 * @returns puts things back
 */
export function unrefTimers(): () => void {
  const { setTimeout: living } = globalThis;
  globalThis.setTimeout = Object.assign(
    (...args: Parameters<typeof living>) => living(...args).unref(),
    living,
  );
  return () => {
    globalThis.setTimeout = living;
  };
}
