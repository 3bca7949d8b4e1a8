/** What is bundled for the functions of all teams. Pure data: adding a team changes no archive. */
import { FirnError } from "#core/errors";
import { sha256 } from "#core/ids";

/** What a bundle may carry of the two warehouses' drivers: each costs a cold start its megabytes. */
export type Driver = "duckdb" | "snowflake";

export interface ArchiveSpec {
  /** Below the project's folder. */
  entry: string;
  carries: readonly Driver[];
}

const snowflake = ["snowflake"] as const;

/** Every archive by its name; its folder under `dist/` has the same. */
export const archives = {
  window: { entry: "runtime/window/handler.ts", carries: snowflake },
  // Packs with DuckDB and leaves loading to Snowflake, which wakes up only once there is something to load.
  extract: { entry: "runtime/extract/handler.ts", carries: ["duckdb"] },
  load: { entry: "runtime/load/handler.ts", carries: snowflake },
  check: { entry: "runtime/check/handler.ts", carries: snowflake },
  merge: { entry: "runtime/merge/handler.ts", carries: snowflake },
  model: { entry: "runtime/model/handler.ts", carries: snowflake },
  watch: { entry: "runtime/watch/handler.ts", carries: snowflake },
  notify: { entry: "runtime/watch/notify/handler.ts", carries: [] },
  waker: { entry: "runtime/window/wake/handler.ts", carries: [] },
  heartbeat: { entry: "runtime/watch/heartbeat/handler.ts", carries: [] },
  forward: { entry: "runtime/watch/forward/handler.ts", carries: [] },
} as const satisfies Record<string, ArchiveSpec>;
export type ArchiveName = keyof typeof archives;
export const archiveNames = Object.keys(archives) as ArchiveName[];

/** An archive as it lies in its folder. */
export interface Archive {
  name: ArchiveName;
  folder: string;
  /** SHA-256 over the paths and bytes of all that is in it: the same sources give the same. */
  hash: string;
}

/** Archives before they are built: for who asks planners what hangs on no code, such as who can reach what. */
export const unbuilt = Object.fromEntries(
  archiveNames.map((name) => [name, { name, folder: "", hash: "" }]),
) as Readonly<Record<ArchiveName, Archive>>;

/** The alias of a function that runs exactly this archive: known before anything is made. */
export function aliasOf({ hash }: Pick<Archive, "hash">): string {
  return `c${hash.slice(0, 12)}`;
}

const packages: Record<Driver, RegExp> = {
  duckdb: /node_modules\/@duckdb\//,
  snowflake: /node_modules\/snowflake-sdk\//,
};

/** What belongs to a laptop, a deployment or a test, and to no function. */
const nowhere =
  /node_modules\/(aws-local-stepfunctions|@pulumi|@polyglot-sql|esbuild|commander|ora)\/|^(infra|stacks|test|demo)\//;

/**
 * What a bundle carries though it may not, one sentence each.
 *
 * @param inputs paths of all modules that are in what was written
 */
export function problemsOf(
  name: string,
  { carries }: Pick<ArchiveSpec, "carries">,
  inputs: readonly string[],
) {
  const drivers = (Object.keys(packages) as Driver[]).filter(
    (driver) => !carries.includes(driver) && inputs.some((path) => packages[driver].test(path)),
  );
  const strangers = inputs.filter((path) => nowhere.test(path));
  return [
    ...drivers.map((driver) => `${name} carries the driver of ${driver}`),
    ...(strangers.length > 0 ? [`${name} carries ${strangers.slice(0, 3).join(", ")}`] : []),
  ];
}

/** @throws {FirnError} `internal.bug`: an import reaches too far */
export function requireNoProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new FirnError("internal.bug", {
    what: `An archive holds what its function does not use: ${problems.join("; ")}.`,
    why: "It would slow down every cold start, and give the function what it must not reach.",
    fix: "Open it in runtime/worlds/aws.ts by an import() of its own, and name the opener only in the handler that uses it.",
  });
}

/** One hash for files, whatever order they came in. @param extras what else decides what is in the archive */
export function hashOf(files: Readonly<Record<string, Uint8Array>>, extras: readonly string[] = []): string {
  const lines = Object.keys(files)
    .sort()
    .map((path) => `${path} ${sha256(files[path] ?? "")}`);
  return sha256([...lines, ...extras].join("\n"));
}
