import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, makeFolder, onDisk } from "#adapters/disk";
import { FirnError } from "#core/errors";
import type { SecretKeeper, Secrets } from "#ports/secrets";

/**
 * Secrets from the environment (`FIRN_SECRET_<NAME>`), else from a git-ignored `secrets.json`.
 *
 * A team's PII key is made at its first use and kept in `pii-keys/`: tokens stay the same on this machine.
 */
export function openLocalSecrets(
  folder: string,
  variables: Record<string, string | undefined>,
  randomKey: () => string,
): Secrets {
  const path = join(folder, "secrets.json");
  return {
    async get(name) {
      const variable = `FIRN_SECRET_${name.toUpperCase()}`;
      const given = variables[variable];
      if (given !== undefined && given !== "") return given;
      const kept = await readSecrets(path);
      const value = kept[name];
      if (value !== undefined) return value;
      if (name.endsWith("_pii_key")) return makeKey(name);
      throw new FirnError("secret.missing", {
        what: `Secret "${name}" is not set.`,
        why: "A pipeline needs it to sign in to its source.",
        fix: `Set ${variable}, or add "${name}" to ${path}.`,
      });
    },
  };

  /** Linking a finished file to its name is what only one of two processes can do; both then read that one. */
  async function makeKey(name: string): Promise<string> {
    const path = join(folder, "pii-keys", name);
    const kept = () => readFile(path, "utf8").catch(() => null);
    const key = await kept();
    if (key !== null) return key;
    const made = randomKey();
    const staged = `${path}.${randomKey().slice(-8)}`;
    await makeFolder(dirname(path));
    await onDisk("written", path, async () => {
      await writeFile(staged, made, { mode: 0o600, flush: true });
      await link(staged, path).catch((error: unknown) => {
        if (codeOf(error) !== "EEXIST") throw error;
      });
      await rm(staged);
    });
    return (await kept()) ?? made;
  }
}

/** The git-ignored `secrets.json` of the folder, for `firn secrets`. A variable of the environment wins over it. */
export function openLocalSecretKeeper(
  folder: string,
  variables: Record<string, string | undefined>,
  randomName: () => string,
): SecretKeeper {
  const path = join(folder, "secrets.json");
  return {
    place: path,
    async held(names) {
      const kept = await readSecrets(path);
      const made = async (name: string) =>
        (await stat(join(folder, "pii-keys", name)).catch(() => null)) !== null;
      const isSet = async (name: string) =>
        Boolean(variables[`FIRN_SECRET_${name.toUpperCase()}`]) || name in kept || (await made(name));
      return Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, (await isSet(name)) ? "set" : "empty"])),
      );
    },
    async put(name, value) {
      const kept = await readSecrets(path);
      const staged = `${path}.${randomName()}`;
      await makeFolder(folder);
      await onDisk("written", path, async () => {
        await writeFile(staged, `${JSON.stringify({ ...kept, [name]: value }, null, 2)}\n`, {
          mode: 0o600,
          flush: true,
        });
        await rename(staged, path);
      });
    },
  };
}

async function readSecrets(path: string): Promise<Record<string, string>> {
  const present = await stat(path).catch(() => null);
  if (!present) return {};
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, string>;
  } catch {
    // The cause is left out on purpose: a parser's message quotes what it read.
    throw new FirnError("environment.invalid", {
      what: `${path} is no JSON object of names and values.`,
      why: "Secrets that are not in the environment are read from there.",
      fix: 'Write it as {"name": "value"}, or remove it and set FIRN_SECRET_<NAME>.',
    });
  }
}
