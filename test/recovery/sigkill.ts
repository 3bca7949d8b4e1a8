import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { discard, openSimulatedWorld } from "../support/worlds.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { type Lived, openRandom } from "./schedules.ts";
import { days, deliver, secrets, teamName, whole } from "./small.ts";
import { startSource } from "./source.ts";

/** Lives through schedules whose processes are real, and so are their deaths: SIGKILL at a random moment. */
export interface SigkillLab {
  /** @throws {Error} where the result differs from the clean run's */
  live(seed: number, k: number): Promise<Lived>;
  close(): Promise<void>;
}

const childPath = fileURLToPath(new URL("child.ts", import.meta.url));

export async function openSigkillLab(): Promise<SigkillLab> {
  const source = await startSource();
  const root = await mkdtemp(join(tmpdir(), "firn-sigkill-"));
  const inbox = join(root, "inbox");
  const setting = await deliver(source, inbox);
  const lastDay = days[days.length - 1] ?? 1;

  const clean = join(root, "clean");
  const { milliseconds } = await run(clean, "clean", null);
  const outcome = await read(clean);

  return {
    async live(seed, k) {
      const random = openRandom(seed * 1_000_003 + k);
      const folder = join(root, `schedule${k}`);
      const deaths: string[] = [];
      try {
        for (let kills = 0; kills < 1 + Math.floor(random() * 4); kills++) {
          const after = Math.round(random() * milliseconds);
          const { killed } = await run(folder, `killed${kills}`, after);
          deaths.push(killed ? `after ${after} ms` : "nothing: it was done before");
        }
        await run(folder, "recovery", null);
        assert.deepEqual(await read(folder), outcome);
        return { deaths };
      } catch (error) {
        throw new Error(`killed ${deaths.join(", then ")}`, { cause: error });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async close() {
      source.stop();
      await rm(root, { recursive: true });
    },
  };

  /** Runs both days in a child; kills it some milliseconds after it has loaded its code. */
  function run(
    folder: string,
    name: string,
    killAfter: number | null,
  ): Promise<{ killed: boolean; milliseconds: number }> {
    return new Promise((resolve, reject) => {
      const child = fork(childPath, [folder, source.base, inbox, name], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      let errors = "";
      let startedAt = performance.now();
      child.stderr?.on("data", (text: Buffer) => {
        errors += text.toString();
      });
      child.on("message", (message) => {
        if (message !== "started") return;
        startedAt = performance.now();
        if (killAfter !== null) setTimeout(() => child.kill("SIGKILL"), killAfter).unref();
      });
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const milliseconds = performance.now() - startedAt;
        if (code === 0 || signal === "SIGKILL") resolve({ killed: signal === "SIGKILL", milliseconds });
        else reject(new Error(`the run ended with ${code}: ${errors}`));
      });
    });
  }

  async function read(folder: string): Promise<Outcome> {
    const world = openSimulatedWorld(setting.environment(lastDay), {
      folder,
      now: setting.now(lastDay),
      owner: "reader",
      secrets,
    });
    const found = await readOutcome(whole, world);
    await discard(world, teamName);
    return found;
  }
}
