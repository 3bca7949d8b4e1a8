/** The whole shop as a process of its own, to be killed: `node child.ts FOLDER ADDRESS INBOX RUN`. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { openLocalWorld } from "#worlds/local";
import { openSimulatedWorld } from "../support/worlds.ts";
import { days, runUntilDone, secrets, settingOf, whole } from "./small.ts";
import { addressOf } from "./source.ts";

const [folder = "", address = "", inbox = "", run = ""] = process.argv.slice(2);
const setting = settingOf(addressOf(address), inbox);
process.send?.("started");
// Time and the source do not go back: a run after a kill begins on the day that the killed one had reached.
const reached = `${folder}.day`;
const first = existsSync(reached) ? Number(readFileSync(reached, "utf8")) : 1;
for (const day of days.filter((each) => each >= first)) {
  writeFileSync(`${reached}.new`, String(day));
  renameSync(`${reached}.new`, reached);
  const environment = setting.environment(day);
  // The lease of a process that was killed ends because its PID is gone: the real world's own way.
  const { owner, ownerIsGone } = openLocalWorld(environment, { folder });
  const world = openSimulatedWorld(environment, {
    folder,
    now: setting.now(day),
    owner: `${run}day${day}`,
    secrets,
  });
  await runUntilDone(whole, { ...world, owner, ownerIsGone }, run);
  await world.close();
}
process.send?.("done");
process.disconnect?.();
