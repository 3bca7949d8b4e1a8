import assert from "node:assert/strict";
import { openBench, orders } from "./support.ts";

describe("firn run --due", () => {
  const bench = openBench();
  after(() => bench.close());
  const at = (now: string, ...args: string[]) => bench.firnWith({ FIRN_NOW: now }, "run", "orders", ...args);

  it("runs what never ran, waits until the schedule has come round, and runs at once where a batch is open", async function () {
    this.timeout(60_000);
    bench.drop("a.csv", orders([1, 2]));
    assert.match((await at("2024-02-01T06:00:00Z", "--due")).stdout, /commerce\.orders +1 file/);
    bench.drop("b.csv", orders([3, 4]));
    const waiting = await at("2024-02-02T05:30:00Z", "--due", "--json");
    assert.equal(waiting.code, 0);
    assert.deepEqual(JSON.parse(waiting.stdout).waiting, ["commerce.orders"]);
    assert.match((await at("2024-02-02T05:58:00Z", "--due")).stdout, /commerce\.orders: not due yet/);
    assert.match((await at("2024-02-02T06:00:00Z", "--due")).stdout, /commerce\.orders +1 file/);
    bench.drop(
      "c.csv",
      orders([5, 6], () => "six"),
    );
    assert.equal((await at("2024-02-02T07:00:00Z")).code, 1, "refused: the batch stays open");
    assert.equal(
      (await at("2024-02-02T07:01:00Z", "--due")).code,
      1,
      "it is tried again though nothing is due",
    );
  });
});
