import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import pLimit from "p-limit";
import { codeOf, makeFolder, nullIfMissing, onDisk } from "#adapters/disk";
import type { Store } from "#ports/store";

/**
 * A lake in a folder. An object is put by linking a finished file to its name, which only one of two can do.
 *
 * What a killed put leaves lies under `.tmp/` and is no object.
 */
export async function openFolderStore(root: string, unusedName: () => string): Promise<Store> {
  const staging = join(root, ".tmp");
  const atOnce = pLimit(16);
  await makeFolder(staging);

  return {
    putIfAbsent: (key, body) =>
      onDisk("written", key, () => linkNew(key, (path) => writeDurably(path, body))),
    putFileIfAbsent: (key, path) =>
      onDisk("written", key, () => linkNew(key, (staged) => copyOrLink(path, staged))),
    put: (key, body) =>
      onDisk("written", key, async () => {
        const staged = await stage((path) => writeDurably(path, body));
        const target = pathOf(key);
        await mkdir(dirname(target), { recursive: true });
        await rename(staged, target);
      }),
    get: (key) => onDisk("read", key, () => readFile(pathOf(key)).catch(nullIfMissing)),
    list: (prefix, after = "") =>
      onDisk("listed", prefix, async () => (await keysBelow(prefix)).filter((key) => key > after).sort()),
    inspect: (prefix) =>
      onDisk("listed", prefix, async () =>
        (await look((await keysBelow(prefix)).sort(), pathOf)).map(({ name: key, ...of }) => ({
          key,
          ...of,
        })),
      ),
    // The folder stays, even when it is empty: another process may just be putting something into it.
    remove: (key) =>
      onDisk("removed", key, async () => void (await unlink(pathOf(key)).catch(nullIfMissing))),
    unfinishedPuts: () =>
      onDisk("listed", staging, async () => {
        const found = await look((await readdir(staging)).sort(), (name) => join(staging, name));
        return found.map(({ name, ...of }) => ({ id: `.tmp/${name}`, ...of }));
      }),
    removeUnfinishedPut: (id) => onDisk("removed", id, () => rm(pathOf(id), { force: true })),
    location: (key) => (key === "" ? root + sep : pathOf(key)),
  };

  function pathOf(key: string): string {
    return join(root, ...key.split("/"));
  }

  /** Size and time of files, without those that are gone meanwhile. */
  async function look(names: string[], path: (name: string) => string) {
    const found = await Promise.all(
      names.map((name) => atOnce(async () => ({ name, at: await stat(path(name)).catch(nullIfMissing) }))),
    );
    return found.flatMap(({ name, at }) =>
      at?.isFile() ? [{ name, bytes: at.size, changedAt: new Date(at.mtimeMs).toISOString() }] : [],
    );
  }

  async function linkNew(key: string, fill: (path: string) => Promise<void>): Promise<boolean> {
    const target = pathOf(key);
    const staged = await stage(fill);
    try {
      await mkdir(dirname(target), { recursive: true });
      await link(staged, target);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    } finally {
      await rm(staged, { force: true });
    }
  }

  async function stage(fill: (path: string) => Promise<void>): Promise<string> {
    const path = join(staging, unusedName());
    try {
      await fill(path);
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async function keysBelow(prefix: string): Promise<string[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    const entries = await readdir(pathOf(folder), { recursive: true, withFileTypes: true }).catch(
      nullIfMissing,
    );
    return (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .split(sep)
          .join("/"),
      )
      .filter((key) => key.startsWith(prefix) && !key.startsWith(".tmp/"));
  }
}

async function writeDurably(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function copyOrLink(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    if (!["EXDEV", "EPERM", "ENOTSUP"].includes(codeOf(error) ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  });
}
