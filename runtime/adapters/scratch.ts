import { constants, copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder, nullIfMissing, onDisk } from "#adapters/disk";
import type { Scratch, ScratchFolder } from "#ports/scratch";

/** Beside each folder stands a file of its name and this ending: who opened it. */
const ownerEnding = ".owner";

/**
 * Scratch space in a local folder.
 *
 * The owner is noted before the folder is made and removed after it, so that no folder is ever without.
 */
export function openFolderScratch(root: string, owner: string): Scratch {
  let copies = 0;
  return {
    async open(name) {
      const folder = join(root, name);
      await makeFolder(root);
      await onDisk("written", folder, () => writeFile(folder + ownerEnding, owner));
      await makeFolder(folder);
      return folder;
    },
    async copy(path, folder) {
      const copied = join(folder, `${++copies}-${basename(path)}`);
      await onDisk("copied", basename(path), () => copyFile(path, copied, constants.COPYFILE_FICLONE));
      return copied;
    },
    async remove(folder) {
      await rm(folder, { recursive: true, force: true });
      await rm(folder + ownerEnding, { force: true });
    },
    list: () =>
      onDisk("listed", root, async () => {
        const names = (await readdir(root).catch(nullIfMissing)) ?? [];
        const folders = names
          .filter((name) => name.endsWith(ownerEnding))
          .sort()
          .map((name) => look(join(root, name.slice(0, -ownerEnding.length))));
        return (await Promise.all(folders)).filter((folder) => folder !== null);
      }),
  };
}

/** null where its attempt has just removed it. */
async function look(folder: string): Promise<ScratchFolder | null> {
  const owner = await readFile(folder + ownerEnding, "utf8").catch(nullIfMissing);
  if (owner === null) return null;
  const within = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(nullIfMissing)) ?? [];
  const paths = within.map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  let changed = 0;
  for (const path of [folder + ownerEnding, folder, ...paths]) {
    const found = await stat(path).catch(nullIfMissing);
    if (found?.isFile() && path !== folder + ownerEnding) bytes += found.size;
    changed = Math.max(changed, found?.mtimeMs ?? 0);
  }
  return { folder, owner, bytes, changedAt: new Date(changed).toISOString() };
}
