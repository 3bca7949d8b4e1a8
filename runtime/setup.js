/**
 * Makes `npm start`, `npm test` and the rest work in a fresh clone with one command: it runs before each
 * of them, on Node 20 or later with nothing installed, and says nothing when all is well.
 *
 * 1. Installs the packages if what is installed is not what package-lock.json says. The two lockfiles'
 *    contents are compared, not their times, which a git checkout disturbs. npm writes its own copy last,
 *    so an install that was cut short is seen and done again.
 * 2. Checks that npm's scripts will run on a Node that reads TypeScript: `node_modules/.bin/node`, which the
 *    optional package `node` brings and npm puts first on the PATH, or else the machine's.
 *
 * Plain JavaScript, and Node's own modules only: nothing else is there yet.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pathOfScripts = [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);

const stale = staleness();
if (stale !== undefined) {
  install(stale);
}
checkNode(stale === undefined ? process.version : versionOnPath());

/**
 * Why the installed packages are not those of package-lock.json; undefined if they are.
 *
 * Optional packages may be missing (most are for other platforms) but not be of another version; packages
 * that somebody added for an experiment are left alone.
 *
 * @returns {string | undefined}
 */
function staleness() {
  const installed = packagesIn("node_modules/.package-lock.json");
  if (installed === undefined) {
    return existsSync(join(root, "node_modules"))
      ? "an earlier installation was not completed"
      : "this is a fresh clone";
  }
  for (const [path, wanted] of Object.entries(packagesIn("package-lock.json") ?? {})) {
    const found = installed[path];
    const missing = found === undefined && wanted.optional !== true;
    if (path !== "" && (missing || (found !== undefined && found.version !== wanted.version))) {
      return "package-lock.json has changed";
    }
  }
  return undefined;
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} why */
function install(why) {
  const started = performance.now();
  process.stderr.write(`firn: installing packages, as ${why}, usually under a minute ... `);
  const options = [
    "ci",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const npm = process.env.npm_execpath;
  const run = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...options], { cwd: root, encoding: "utf8" })
    : spawnSync("npm", options, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
  process.stderr.write(`${run.status === 0 ? "done" : "failed"} after ${secondsSince(started)} s\n`);
  if (run.status !== 0) {
    fail({
      what: "The packages could not be installed.",
      why: [run.error?.message, run.stderr, run.stdout].filter(Boolean).join("\n").trim(),
      fix: "Mend what npm names above (often the network or a proxy), then run the same command again.",
    });
  }
  if (staleness() !== undefined) {
    fail({
      what: "npm reported success, yet node_modules is not what package-lock.json says.",
      why: "A setting of npm may leave packages out (npm config ls shows `omit`, `global` or `prefix`).",
      fix: "Remove that setting or run `npm ci` by hand, then run the same command again.",
    });
  }
}

/** The Node that npm's scripts will find, now that node_modules is there; this process may run on another. */
function versionOnPath() {
  const env = { ...process.env, PATH: pathOfScripts };
  const run = spawnSync("node", ["--version"], {
    env,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  return run.status === 0 ? run.stdout.trim() : process.version;
}

/** @param {string} version as `node --version` prints it */
function checkNode(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  // The first releases that strip types without a flag: 22.18 and, in the line of 23, 23.6.
  if (major === 22 ? minor >= 18 : major === 23 ? minor >= 6 : major > 23) {
    return;
  }
  fail({
    what: `npm would run Firn on Node ${version}; it needs 22.18 or later.`,
    why: "Firn is TypeScript that Node runs as it is. Node 24 comes with the packages, but npm left it out here (no binary for this platform, or install scripts are switched off).",
    fix: "Install Node 24 (see .nvmrc), or allow install scripts and run `npm rebuild node`.",
  });
}

/** @param {number} started */
function secondsSince(started) {
  return Math.max(1, Math.round((performance.now() - started) / 1000));
}

/**
 * @param {{ what: string, why: string, fix: string }} message
 * @returns {never}
 */
function fail({ what, why, fix }) {
  process.stderr.write(`firn: ${what}\n  why: ${why}\n  fix: ${fix}\n`);
  process.exit(1);
}
