import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const binary = join(root, "runtime/cli.js");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder for one test file: an inbox of the shop's orders, and a world of its own. */
export function openBench() {
  const folder = mkdtempSync(join(tmpdir(), "firn-cli-"));
  const inbox = join(folder, "inbox");
  const world = join(folder, "world");
  mkdirSync(inbox);

  return {
    folder,
    inbox,
    world,
    drop: (name: string, text: string) => writeFileSync(join(inbox, name), text),
    firn: (...args: string[]) => run([binary, "--dir", world, ...args], {}),
    firnWith: (variables: Record<string, string>, ...args: string[]) =>
      run([binary, "--dir", world, ...args], variables),
    binary,
    node: (...args: string[]) => run(args, {}),
    nodeWith: (variables: Record<string, string>, ...args: string[]) => run(args, variables),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };

  function run(args: string[], variables: Record<string, string>): Promise<Ended> {
    return new Promise((done, failed) => {
      const child = spawn(process.execPath, args, {
        // Never the project's folder: the command finds it by itself.
        cwd: folder,
        env: {
          ...process.env,
          FORCE_COLOR: "1",
          FIRN_NOW: "2024-02-01T06:00:00Z",
          FIRN_CONNECTION_ORDERS_INBOX: inbox,
          ...variables,
        },
      });
      const ended: Ended = { code: null, stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (ended.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (ended.stderr += chunk.toString()));
      child.on("error", failed);
      child.on("close", (code) => done({ ...ended, code }));
    });
  }
}

const head = "line_id,invoice_no,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country";

/** A day's file of order lines. */
export function orders(ids: number[], quantity: (id: number) => string = () => "6"): string {
  const lines = ids.map(
    (id) => `${id},536365,85123A,LANTERN ${id},${quantity(id)},2024-01-31T08:26:00,2.55,17850,France`,
  );
  return `${[head, ...lines].join("\n")}\n`;
}
