import { appendFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, onDisk } from "#adapters/disk";
import type { Alert, Alerts } from "#ports/alerts";

/** Alerts as JSON lines in a file, and to whoever listens (the console). */
export function openFileAlerts(path: string, listen?: (alert: Alert) => void): Alerts {
  return {
    async send(alert) {
      listen?.(alert);
      await makeFolder(dirname(path));
      await onDisk("written", path, () => appendFile(path, `${JSON.stringify(alert)}\n`));
    },
  };
}
