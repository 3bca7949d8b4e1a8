/** Bundles the functions: `npm run build`, and every run of the program, so that no archive is ever stale. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build, type Metafile } from "esbuild";
import { fetchNative, nativePath, readNative } from "./native.ts";
import {
  type Archive,
  type ArchiveName,
  type ArchiveSpec,
  archiveNames,
  archives,
  hashOf,
  problemsOf,
  requireNoProblems,
} from "./plan.ts";

/** A bundle as esbuild made it, nothing written yet. */
interface Bundle {
  /** Bytes by path within the archive. */
  files: Record<string, Uint8Array>;
  /** Modules whose code is in them. */
  inputs: string[];
}

/**
 * Builds every archive into a folder of its own under `dist/` and gives their hashes. What is there already with
 * the same bytes is left alone.
 *
 * @param root the project's folder
 * @throws {FirnError} `infra.config` where DuckDB for arm64 cannot be had; `internal.bug` where a bundle carries too much
 */
export async function buildArchives(
  root: string,
  dist: string = join(root, "dist"),
): Promise<Record<ArchiveName, Archive>> {
  const bundles = await bundle(root, archives);
  requireNoProblems(archiveNames.flatMap((name) => problemsOf(name, archives[name], bundles[name].inputs)));
  const made: Partial<Record<ArchiveName, Archive>> = {};
  for (const name of archiveNames) made[name] = await write(name, bundles[name].files);
  return made as Record<ArchiveName, Archive>;

  async function write(name: ArchiveName, files: Record<string, Uint8Array>): Promise<Archive> {
    const folder = join(dist, name);
    const carries: readonly string[] = archives[name].carries;
    const native = carries.includes("duckdb") ? readNative(root) : null;
    const kept = native && (await fetchNative(native, join(dist, ".native")));
    const wanted = [
      ...Object.keys(files),
      ...(kept ? filesIn(kept).map((path) => join(nativePath, path)) : []),
    ];
    for (const path of existsSync(folder) ? filesIn(folder) : [])
      if (!wanted.includes(path)) rmSync(join(folder, path));
    for (const [path, bytes] of Object.entries(files)) put(join(folder, path), bytes);
    if (kept && !existsSync(join(folder, nativePath, "duckdb.node")))
      cpSync(kept, join(folder, nativePath), { recursive: true });
    return { name, folder, hash: hashOf(files, native ? [`${native.name} ${native.integrity}`] : []) };
  }
}

const built = new Map<string, Promise<Record<ArchiveName, Archive>>>();

/** Builds a project's archives once in this process, whatever else asks for them. */
export function archivesOnce(root: string): Promise<Record<ArchiveName, Archive>> {
  const standing = built.get(root) ?? buildArchives(root);
  built.set(root, standing);
  return standing;
}

/**
 * Bundles handlers, each with what it can come to and nothing else.
 *
 * All at once, since they share most of their modules: one by one takes ten times as long. So a function's pieces
 * may be cut anew where another's imports change; its code is the same.
 *
 * @param specs entries by archive
 */
export async function bundle<N extends string>(
  root: string,
  specs: Readonly<Record<N, Pick<ArchiveSpec, "entry">>>,
): Promise<Record<N, Bundle>> {
  const names = Object.keys(specs) as N[];
  const out = join(root, "out");
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(names.map((name) => [name, specs[name].entry])),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    bundle: true,
    // What is opened by an import() of its own is a file of its own, read only by who opens it.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Names stay: a stack trace in a log is to be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    external: ["@duckdb/node-bindings-*", "detect-libc"],
    // CommonJS inside of ESM asks for Node's own modules by require.
    banner: {
      js: 'import { createRequire as firnRequire } from "node:module"; const require = firnRequire(import.meta.url);',
    },
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const bytes = new Map(outputFiles.map(({ path, contents }) => [slashed(relative(root, path)), contents]));
  return Object.fromEntries(names.map((name) => [name, of(`out/${name}.mjs`)])) as Record<N, Bundle>;

  function of(entry: string): Bundle {
    const kept = reachable(metafile, entry);
    const inputs = kept.flatMap((path) =>
      Object.entries(metafile.outputs[path]?.inputs ?? {}).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [input] : [],
      ),
    );
    return {
      files: Object.fromEntries(
        kept.map((path) => [
          path === entry ? "index.mjs" : path.slice("out/".length),
          bytes.get(path) ?? new Uint8Array(),
        ]),
      ),
      inputs: [...new Set(inputs)].sort(),
    };
  }
}

/**
 * The written files that an entry can come to. esbuild also writes those behind an import() of a function that
 * it then finds unused and leaves out.
 */
function reachable({ outputs }: Metafile, entry: string): string[] {
  const found = [entry];
  for (const path of found)
    for (const { path: next, external } of outputs[path]?.imports ?? [])
      if (!external && !found.includes(next)) found.push(next);
  return found;
}

function slashed(path: string): string {
  return path.replaceAll(sep, "/");
}

function put(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => slashed(relative(folder, join(entry.parentPath, entry.name))))
    .sort();
}

if (import.meta.main) {
  const archivesBuilt = await buildArchives(dirname(dirname(import.meta.dirname)));
  for (const { name, folder, hash } of Object.values(archivesBuilt)) {
    const bytes = filesIn(folder).reduce((sum, path) => sum + readFileSync(join(folder, path)).length, 0);
    console.log(`${name.padEnd(10)} ${hash.slice(0, 12)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB`);
  }
}
