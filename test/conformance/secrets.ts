import assert from "node:assert/strict";
import type { Secrets } from "#ports/secrets";

/** Secrets of which one is set: `a_token`, to the value given. */
export interface OpenedSecrets {
  secrets: Secrets;
  value: string;
  remove(): Promise<void>;
}

/** What every keeper of secrets must keep to. */
export function secretsConformance(name: string, open: () => Promise<OpenedSecrets>): void {
  describe(`the ${name} secrets`, () => {
    let opened: OpenedSecrets;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.remove());

    it("give a secret as it was set, as often as it is asked for", async () => {
      assert.equal(await opened.secrets.get("a_token"), opened.value);
      assert.equal(await opened.secrets.get("a_token"), opened.value);
    });

    it("name a missing secret and where to set it, and show no other's value", async () => {
      const error = await opened.secrets.get("no_such_token").then(
        () => assert.fail("a missing secret was given"),
        (thrown: unknown) => thrown as Error & { code: string; fix: string },
      );
      assert.equal(error.code, "secret.missing");
      assert.match(error.message, /no_such_token/);
      assert.ok(!error.message.includes(opened.value));
    });

    it("keep a team's PII key: equal values of a team get equal tokens ever after", async () => {
      const [first, again] = [
        await opened.secrets.get("team_pii_key"),
        await opened.secrets.get("team_pii_key"),
      ];
      assert.equal(first, again);
      assert.ok(first.length >= 32);
    });
  });
}
