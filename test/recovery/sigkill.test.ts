import { openSigkillLab, type SigkillLab } from "./sigkill.ts";

describe("a process killed by the system", function () {
  this.timeout(60_000);
  let lab: SigkillLab;

  before(async () => {
    lab = await openSigkillLab();
  });

  after(() => lab.close());

  it("is followed by one that ends in the same silver, quarantine and ledger, even the third time", async () => {
    await lab.live(20240115, 9);
  });
});
