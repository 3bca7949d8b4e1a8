import assert from "node:assert/strict";
import { killable } from "./effects.ts";
import { type Lab, openLab } from "./lab.ts";
import { killOnce } from "./single.ts";
import { days, pair } from "./small.ts";

describe("a run killed once, before or after any side effect", function () {
  this.timeout(120_000);
  let lab: Lab;
  const killed: string[] = [];

  before(async () => {
    lab = await openLab(pair);
  });

  after(() => lab.close());

  for (const day of days) {
    it(`recovers on day ${day} to the same silver, quarantine and ledger`, async () => {
      const { kills, disks, failures } = await killOnce(lab, day);
      killed.push(...kills);
      console.log(`      ${kills.length} kills leave ${disks} different disks`);
      assert.deepEqual(failures, []);
    });
  }

  it("was killed before and after every method of every port but for that of model runs", () => {
    const methods = (when: string) =>
      new Set(killed.filter((each) => each.startsWith(when)).map((each) => each.split(" ")[1]));
    for (const when of ["before", "after"])
      assert.deepEqual(
        killable.filter((method) => !methods(when).has(method)),
        ["metrics.built"],
        when,
      );
  });
});
