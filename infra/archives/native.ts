import { execFile } from "node:child_process";
import { existsSync, promises, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { FirnError } from "#core/errors";

const { mkdir, mkdtemp, rename, rm } = promises;

/** DuckDB for the functions' machine, whatever machine this is. */
const nativeParent = "@duckdb/node-bindings";
const nativePackage = `${nativeParent}-linux-arm64`;

/** A package of the lockfile: its version, and the digest of what may be installed. */
export interface Native {
  name: string;
  version: string;
  integrity: string;
}

/** What the lockfile says of it. It names every platform's package, also those that are not installed here. */
export function readNative(root: string): Native {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const locked = lock.packages[`node_modules/${nativePackage}`];
  if (!locked) throw absent("package-lock.json does not name it", undefined);
  return { name: nativePackage, version: locked.version, integrity: locked.integrity };
}

/**
 * The folder of the package, fetched by npm if it is not there yet, and only with the digest of the lockfile.
 *
 * @param kept where it is kept between builds
 * @throws {FirnError} `infra.config` where it cannot be had
 */
export async function fetchNative(native: Native, kept: string): Promise<string> {
  const { name, version, integrity } = native;
  const folder = join(kept, `${name.replace(/.*\//, "")}-${version}`);
  if (existsSync(join(folder, "duckdb.node"))) return folder;
  await mkdir(kept, { recursive: true });
  // Two builds at once each fetch into a folder of their own, and one of them is renamed.
  const staging = await mkdtemp(join(kept, "fetch-"));
  try {
    await promisify(execFile)(
      "npm",
      [
        ..."install --no-save --no-audit --no-fund --ignore-scripts --prefer-offline".split(" "),
        ..."--cpu=arm64 --os=linux --libc=glibc --prefix".split(" "),
        staging,
        // By its parent, which offers one for each platform: asked for by name, npm would look at this machine.
        `${nativeParent}@${version}`,
      ],
      { cwd: staging },
    ).catch((cause: unknown) => {
      throw absent("npm could not install it", cause);
    });
    const installed = JSON.parse(
      readFileSync(join(staging, "node_modules", ".package-lock.json"), "utf8"),
    ) as { packages: Record<string, { integrity?: string } | undefined> };
    if (installed.packages[`node_modules/${name}`]?.integrity !== integrity)
      throw absent("what npm installed is not what the lockfile names", undefined);
    await rename(join(staging, "node_modules", name), folder).catch((error: unknown) => {
      if (!existsSync(join(folder, "duckdb.node"))) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

function absent(why: string, cause: unknown): FirnError {
  return new FirnError("infra.config", {
    what: `${nativePackage}, which the extract function needs, cannot be had here: ${why}.`,
    why: "Functions run on arm64, and the archive of extract holds DuckDB for it.",
    fix: "See that npm reaches its registry and the lockfile is as committed (`npm ci`), then run `npm run build`.",
    cause,
  });
}

/** Where the package lies in an archive, as Node looks for it. */
export const nativePath = join("node_modules", nativePackage);
