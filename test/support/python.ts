/** A Python with given packages, for tests that compare with a library of Python's. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The Python of a virtual environment that holds what a requirements file pins, made at first use under
 * node_modules/.cache; or why there is none. Another content of the file is another environment.
 *
 * @param name begins the environment's folder: firn-NAME-HASH
 */
export function installedPython(
  name: string,
  requirements: string,
): { python: string } | { missing: string } {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const environment = join(import.meta.dirname, "../../node_modules/.cache", `firn-${name}-${hash}`);
  const python = join(environment, "bin/python");
  const finished = join(environment, "finished");
  if (existsSync(finished)) return { python };
  if (!succeeds("python3", ["-c", ""])) return { missing: "there is no python3" };
  // Two test files may ask at once: one makes it, the other waits.
  const lock = `${environment}.lock`;
  mkdirSync(dirname(lock), { recursive: true });
  if (!took(lock)) {
    for (let second = 0; second < 600 && existsSync(lock); second++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    return existsSync(finished) ? { python } : { missing: `another test could not make ${environment}` };
  }
  console.error(`installing ${requirements} in ${environment}`);
  rmSync(environment, { recursive: true, force: true });
  const made =
    succeeds("python3", ["-m", "venv", environment]) &&
    succeeds(python, ["-m", "pip", "install", "--quiet", "-r", requirements]);
  if (made) writeFileSync(finished, "");
  rmSync(lock, { recursive: true });
  return made ? { python } : { missing: `python3 could not install ${requirements}` };
}

function took(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

/** Its output goes to stderr: stdout may be somebody's figures. */
function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: ["ignore", 2, 2] }).status === 0;
}
