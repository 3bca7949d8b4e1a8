import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { onDisk } from "#adapters/disk";
import type { Alert, Alerts } from "#ports/alerts";

/** Alerts as JSON lines in a file, and to whoever listens (the console). */
export function openFileAlerts(path: string, listen?: (alert: Alert) => void): Alerts {
  return {
    async send(alert) {
      listen?.(alert);
      await onDisk("written", path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, `${JSON.stringify(alert)}\n`);
      });
    },
  };
}
