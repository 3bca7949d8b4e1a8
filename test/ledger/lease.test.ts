import assert from "node:assert/strict";
import { keys } from "#core/names";
import { readLease, takeLease } from "#ledger/lease";
import type { Store } from "#ports/store";
import { openWorld, type TestWorld, team } from "../sql/support.ts";

describe("a lease, where ended ones are cleared away", () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const takeNext = async () => takeLease({ ...world, ownerIsGone: () => true }, team, "events", "another");
  const clear = (epoch: number) => world.lake.remove(keys.lease("events", epoch));

  /** Does something once, between this process's look at the lake and what it does then. */
  function between(
    method: "list" | "putIfAbsent",
    when: "before" | "after",
    work: () => Promise<void>,
  ): Store {
    let done = false;
    const once = async () => {
      if (done) return;
      done = true;
      await work();
    };
    return {
      ...world.lake,
      async [method](...args: never[]) {
        if (when === "before") await once();
        const answer = await (world.lake[method] as (...of: never[]) => Promise<unknown>)(...args);
        if (when === "after") await once();
        return answer as never;
      },
    };
  }

  it("is never taken for none when it was cleared between listing and reading", async () => {
    await takeNext();
    const store = between("list", "after", async () => {
      await takeNext();
      await clear(1);
    });
    assert.equal((await readLease(store, "events"))?.epoch, 2);
  });

  it("is refused to who comes back to an epoch that has ended since", async () => {
    await takeNext();
    const store = between("putIfAbsent", "before", async () => {
      for (const _ of [2, 3]) await takeNext();
      await clear(1);
      await clear(2);
    });
    const late = { ...world, store: async () => store, ownerIsGone: () => true };
    await assert.rejects(takeLease(late, team, "events", "late"), { code: "lease.held" });
    assert.equal((await readLease(world.lake, "events"))?.epoch, 3);
  });
});
