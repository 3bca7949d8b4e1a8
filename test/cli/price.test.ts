import assert from "node:assert/strict";
import { openBench } from "./support.ts";

describe("firn price", function () {
  this.timeout(60_000);
  const bench = openBench();
  after(() => bench.close());

  it("tells what an environment costs idle and what its account must hold, with no cloud at hand", async () => {
    const { code, stdout, stderr } = await bench.firn("price", "--env", "prod");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Idle, prod costs about \d+\.\d\d dollars a month:\n/);
    assert.match(stdout, /\nKMS key +3 +3\.00 +https:\/\/aws\.amazon\.com\/kms\/pricing\/\n/);
    assert.match(stdout, /\nWhat it needs of account 333333333333:\n/);
    assert.match(stdout, /\nroles +IAM roles of the account +\d+ +1,000\n/);
  });

  it("tells the same as one document", async () => {
    const { stdout } = await bench.firn("price", "--env", "dev", "--json");
    const { environment, price, quotas } = JSON.parse(stdout);
    assert.equal(environment, "dev");
    const sum = price.lines.reduce((total: number, { dollars }: { dollars: number }) => total + dollars, 0);
    assert.ok(Math.abs(sum - price.dollars) < 1e-9 && sum > 0);
    assert.ok(
      quotas.some(({ name, needed }: { name: string; needed: number }) => name === "buckets" && needed === 6),
    );
  });

  it("refuses a laptop and an environment that is none, and names those there are", async () => {
    const laptop = await bench.firn("price");
    assert.equal(laptop.code, 2);
    assert.match(laptop.stderr, /infra\.config/);
    const unknown = await bench.firn("price", "--env", "production");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /environment\.unknown[\s\S]*dev, staging, prod/);
  });
});
