import { constants, copyFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder, onDisk } from "#adapters/disk";
import type { Scratch } from "#ports/scratch";

/** Scratch space in a local folder. */
export function openFolderScratch(root: string): Scratch {
  let copies = 0;
  return {
    async open(name) {
      const folder = join(root, name);
      await makeFolder(folder);
      return folder;
    },
    async copy(path, folder) {
      const copied = join(folder, `${++copies}-${basename(path)}`);
      await onDisk("copied", basename(path), () => copyFile(path, copied, constants.COPYFILE_FICLONE));
      return copied;
    },
    remove: (folder) => rm(folder, { recursive: true, force: true }),
  };
}
