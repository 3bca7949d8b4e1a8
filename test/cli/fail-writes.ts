/**
 * Preloaded into a process: writing below FAIL_BELOW fails as on a disk that is full or read-only (FAIL_WITH),
 * always or the first FAIL_TIMES times.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Call = (...args: unknown[]) => Promise<unknown>;

const { FAIL_BELOW: below = "", FAIL_WITH: code = "", FAIL_TIMES: times = "Infinity" } = process.env;
const promises = fs.promises as unknown as Record<string, Call>;
let left = Number(times);

/** Names of what writes, and which argument says where. */
const writers = { writeFile: 0, copyFile: 1, link: 1, mkdir: 0, open: 0 };

for (const [name, target] of Object.entries(writers)) {
  const works = promises[name] as Call;
  promises[name] = async (...args) => {
    const reads = name === "open" && !/[wa+]/.test(String(args[1]));
    if (!reads && String(args[target]).startsWith(below) && left-- > 0)
      throw Object.assign(new Error(`${code}: ${name}`), { code });
    return works.apply(promises, args);
  };
}
syncBuiltinESMExports();
