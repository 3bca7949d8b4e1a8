/** One build of a model, as far as its cost can be compared. */
export interface Build {
  run: string;
  /** ISO 8601 UTC. */
  builtAt: string;
  kind: "full" | "incremental";
  version: string;
  backfill: boolean;
  /** Null where the warehouse did not tell. */
  bytesScanned: number | null;
  /** Rows that changed in what it is built from, since the build before; null where that is not known. */
  changedRows: number | null;
}

export type Cause = "full refresh" | "new model version" | "lost filter" | "larger delta" | "unknown";

export interface Finding {
  cause: Cause;
  /** What it was compared with. */
  before: Build;
  detail: string;
}

/** Below so many bytes a scan costs nothing that is worth telling. */
const bytesMin = 1_000_000;
/** Beyond how many times the bytes of the build before a build is told. */
const bytesTimesMax = 2;
/** Up to how many times the bytes per changed row a delta has grown in proportion. */
const proportionTimesMax = 1.25;
/** Beyond how many times the bytes per changed row it reads what did not change. */
const filterTimesMax = 2;

/**
 * Judges a build by the bytes it scanned against the last build it can be compared with; null: nothing to tell.
 *
 * Silent are: a first build, a declared backfill, a delta whose bytes grew with its changed rows, and whatever
 * has nothing to be compared with. A full build is compared with the full build before it, of its own
 * version if there is one; where it takes the place of a delta of the same version, with that delta, since
 * nothing asked for a rebuild but the run.
 *
 * @param history earlier builds of the model, newest first
 */
export function judgeBuild(model: string, build: Build, history: readonly Build[]): Finding | null {
  const before = comparable(build, history);
  if (build.backfill || build.bytesScanned === null || !before?.bytesScanned) return null;
  if (build.bytesScanned < bytesMin) return null;
  const times = build.bytesScanned / before.bytesScanned;
  if (times <= bytesTimesMax) return null;
  const cause = causeOf(build, before);
  if (cause === null) return null;
  return {
    cause,
    before,
    detail:
      `Model ${model} scanned ${amount(build.bytesScanned)}${perRow(build)}, ${times.toFixed(1)} times the ` +
      `${amount(before.bytesScanned)}${perRow(before)} of the ${before.kind} build before it (run ${before.run}). ` +
      `Likely cause: ${cause}: ${explanations[cause]} Look further: npx firn cost --model ${model}`,
  };
}

const explanations: Record<Cause, string> = {
  "full refresh":
    "it was rebuilt whole, where builds before took only what had changed. If that was meant, declare it a backfill.",
  "new model version": "its SQL was changed, and the new one reads more.",
  "lost filter": "it reads more for each changed row, so what keeps it to what changed no longer does.",
  "larger delta": "more came in than before, and it grew by more than that.",
  unknown: "how many rows had changed is not known.",
};

/** The last earlier build that did the same kind of work. Backfills and builds that scanned nothing did not. */
function comparable(build: Build, history: readonly Build[]): Build | undefined {
  const known = history.filter(({ backfill, bytesScanned }) => !backfill && bytesScanned);
  const same = known.filter(({ version }) => version === build.version);
  if (build.kind === "full") {
    const last = history[0];
    const delta = last?.kind === "incremental" && last.version === build.version;
    // A delta without a changed row says nothing of what a delta costs.
    const deltas = same.filter(({ kind, changedRows }) => kind === "incremental" && changedRows !== 0);
    if (delta && deltas[0]) return deltas[0];
    return [...same, ...known].find(({ kind }) => kind === "full");
  }
  const deltas = [...same, ...known].filter(({ kind }) => kind === "incremental");
  const idle = build.changedRows === 0;
  return deltas.find(({ changedRows }) => (changedRows === 0) === idle) ?? (idle ? deltas[0] : undefined);
}

/** Null where the bytes grew in proportion to what changed. */
function causeOf(build: Build, before: Build): Cause | null {
  if (build.version !== before.version) return "new model version";
  if (build.kind === "full") return before.kind === "incremental" ? "full refresh" : "larger delta";
  if (build.changedRows === null || before.changedRows === null) return "unknown";
  if (build.changedRows === 0 || before.changedRows === 0) return "lost filter";
  const times = (bytesPerRow(build) ?? 0) / (bytesPerRow(before) ?? 1);
  if (times > filterTimesMax) return "lost filter";
  return times > proportionTimesMax ? "larger delta" : null;
}

function bytesPerRow({ bytesScanned, changedRows }: Build): number | null {
  return bytesScanned === null || !changedRows ? null : bytesScanned / changedRows;
}

function perRow(build: Build): string {
  const bytes = bytesPerRow(build);
  if (bytes === null) return build.changedRows === 0 ? " for no changed row" : "";
  return ` (${amount(bytes)} for each of ${build.changedRows?.toLocaleString("en")} changed rows)`;
}

function amount(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`;
}
