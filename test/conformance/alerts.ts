import assert from "node:assert/strict";
import type { Alert, Alerts } from "#ports/alerts";

/** Alerts that nobody else sends to, and what has arrived where a person would see it. */
export interface OpenedAlerts {
  alerts: Alerts;
  arrived(): Promise<Alert[]>;
  remove(): Promise<void>;
}

/** What every way of alerting must keep to. */
export function alertsConformance(name: string, open: () => Promise<OpenedAlerts>): void {
  describe(`alerts by ${name}`, () => {
    let opened: OpenedAlerts;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.remove());

    it("have arrived, whole and in order, once sending has returned", async () => {
      const sent = [alert("first"), alert('with "quotes",\na line break and 🧊')];
      for (const each of sent) await opened.alerts.send(each);
      assert.deepEqual(await opened.arrived(), sent);
    });

    it("all arrive when many are sent at once", async () => {
      const sent = Array.from({ length: 20 }, (_, at) => alert(`number ${at}`));
      await Promise.all(sent.map((each) => opened.alerts.send(each)));
      const details = (await opened.arrived()).map(({ detail }) => detail);
      assert.deepEqual(details.sort(), sent.map(({ detail }) => detail).sort());
    });
  });
}

function alert(detail: string): Alert {
  return {
    severity: "warning",
    team: "team",
    pipeline: "pipeline",
    code: "a.code",
    detail,
    at: "2024-01-01T00:00:00.000Z",
  };
}
