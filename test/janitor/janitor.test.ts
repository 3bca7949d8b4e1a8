import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keys } from "#core/names";
import { findOrphans, type Orphan, runJanitor } from "#janitor/run";
import { keepLease, takeLease } from "#ledger/lease";
import type { Ports } from "#ports";
import { planDigest } from "#sql/digest";
import { quarantineColumns, silverDefinition } from "#sql/tables";
import { loadStacks } from "#stacks";
import { type Found, findLocalOrphans, removeLocalOrphans } from "#worlds/janitor";
import { filesIn, messUp, now, openShop, pipeline, place, type Shop, team } from "./support.ts";

const { teams } = loadStacks("local");
const declared = teams.flatMap((each) =>
  each.pipelines.filter(({ name }) => name === pipeline).map((of) => ({ team: each, pipeline: of })),
);
const [orders] = declared;
assert.ok(orders);

const lost = `raw/orders/ingest_date=2024-02-01/000001/attempt-a1-0003`;
const leases = [1, 2, 3, 4].flatMap((epoch) =>
  // The replay died before its first beat.
  epoch === 4
    ? [keys.lease(pipeline, epoch)]
    : [keys.leaseBeat(pipeline, epoch), keys.lease(pipeline, epoch)],
);
const expected = [
  "raw.orders__000001",
  "raw.orders__000001__checked",
  `${lost}/s001-00001-orders-1.csv`,
  `${lost}/s001-00001.parquet`,
  ...leases,
  ".tmp/old",
];

describe("the janitor in a shop whose runs failed in every way", function () {
  this.timeout(30_000);
  let messy: Shop;
  let shop: Shop;
  before(async () => {
    messy = await openShop();
    await messUp(messy);
  });
  after(() => messy.close());
  beforeEach(async () => {
    shop = await messy.copy();
  });
  afterEach(() => shop.close());

  const find = async () =>
    (await findLocalOrphans(declared, shop.environment, { folder: shop.folder, whole: true })).found;
  const remove = (found: Found[]) => removeLocalOrphans(found, shop.environment, { folder: shop.folder });
  const wheres = (found: Found[]) =>
    found.flatMap(({ orphans }) => orphans.map(({ where }) => where.replace(`${shop.folder}/`, "")));

  it("lists each kind of orphan and nothing else, each with its size, its time and the reason", async () => {
    const found = await find();
    assert.deepEqual(wheres(found), [...expected, "scratch/gone-old"]);
    for (const { bytes, changedAt, why, kind, where } of found.flatMap(({ orphans }) => orphans)) {
      assert.equal(bytes === null, kind === "table", where);
      assert.equal(new Date(changedAt).toISOString(), changedAt, where);
      assert.match(why, /is promoted$|was won by another|is over|never became an object|is gone$/, where);
    }
  });

  it("changes nothing by listing: no file, no time, no folder", async () => {
    const before = filesIn(shop.folder);
    await find();
    assert.deepEqual(filesIn(shop.folder), before);
  });

  it("removes what it listed, and leaves what somebody may still need", async () => {
    const [before, tables] = [Object.keys(filesIn(shop.folder)), await rawTables(shop)];
    const removals = await remove(await find());
    assert.deepEqual(
      removals.map(({ held, error }) => held ?? error),
      [undefined, undefined, undefined],
    );
    const after = Object.keys(filesIn(shop.folder));
    // Its own lease is the newest now, so the one that was goes, too.
    const newest = [keys.lease(pipeline, 5), keys.leaseBeat(pipeline, 5)];
    const own = [keys.lease(pipeline, 6), keys.leaseBeat(pipeline, 6)];
    assert.deepEqual(
      before.filter((path) => !after.includes(path)).sort(),
      [
        ...[...expected.slice(2), ...newest].map((key) => `lake/${team}/${key}`),
        ...["scratch/gone-old", "scratch/gone-old.owner", "scratch/gone-old/1-orders.csv"],
      ].sort(),
    );
    assert.deepEqual(
      after.filter((path) => !before.includes(path)).sort(),
      own.map((key) => `lake/${team}/${key}`).sort(),
    );
    assert.deepEqual(tables, [
      ...["orders__000001", "orders__000001__checked"],
      ...["orders__000003", "orders__000003__checked"],
    ]);
    assert.deepEqual(await rawTables(shop), ["orders__000003", "orders__000003__checked"]);
  });

  it("has nothing to remove a second time, and takes no lease for it", async () => {
    await remove(await find());
    assert.deepEqual(wheres(await find()), []);
    const before = filesIn(shop.folder);
    assert.deepEqual(await remove(await find()), []);
    assert.deepEqual(filesIn(shop.folder), before);
  });

  it("leaves runs, replays and digests as they were", async () => {
    const before = await digests(shop);
    await remove(await find());
    assert.deepEqual(await digests(shop), before);
    assert.equal((await shop.run("b1")).error?.code, "check.refused");
    assert.deepEqual(await digests(shop), before);
    assert.equal((await shop.replay("b2", 1)).outcome, "done");
    const [silver] = await digests(shop);
    assert.equal(silver?.rows, before[0]?.rows);
  });

  it("leaves bronze whole: a warehouse that is lost is made again from it", async () => {
    const before = await digests(shop);
    await remove(await find());
    rmSync(join(shop.folder, "warehouse"), { recursive: true });
    assert.equal((await shop.run("b1")).error?.code, "check.refused");
    assert.deepEqual(await digests(shop), before);
  });

  it("makes no warehouse where there is none", async () => {
    rmSync(join(shop.folder, "warehouse"), { recursive: true });
    const found = await find();
    assert.deepEqual(wheres(found), [...expected.slice(2), "scratch/gone-old"]);
    await remove(found);
    assert.deepEqual(wheres(await find()), []);
    assert.equal(existsSync(join(shop.folder, "warehouse")), false);
  });

  it("killed before or after any of its removals, it goes on where it was, and runs do as before", async () => {
    const before = await digests(shop);
    const effects = expected.length + 1;
    for (let at = 1; at <= effects * 2; at++) {
      const there = await shop.copy();
      const world = there.open("dying");
      await assert.rejects(runJanitor(place, [marker], dying(world, at)), /dead/, `${at}`);
      await world.close();
      const next = there.open("next");
      const removal = await runJanitor(place, [marker], next);
      assert.equal(removal.error ?? removal.held, undefined);
      assert.deepEqual(await findOrphans(place, next), []);
      await next.close();
      assert.deepEqual(await digests(there), before);
      await there.close();
    }
  });

  it("leaves a pipeline alone that another process works on, and says who", async () => {
    const world = shop.open("run", { ownerIsGone: () => true });
    await takeLease({ ...world, owner: `x (PID ${process.pid})` }, team, pipeline, "a run");
    await world.close();
    const before = wheres(await find());
    const [removal] = await remove(await find());
    assert.deepEqual(removal?.removed, []);
    assert.match(removal.held ?? "", /^held by x \(PID \d+\), last heard of at 2024-02-01T06:00:00/);
    assert.deepEqual(
      wheres(await find()),
      before.filter((where) => where.startsWith("raw") || where.startsWith("state")),
    );
  });

  it("lets a silent run have its lease for a day: it may be at a long merge", async () => {
    const world = shop.open("run");
    await takeLease(world, team, pipeline, "a run");
    await world.close();
    const at = async (instant: string) => {
      const janitor = shop.open("janitor", { now: instant, ownerIsGone: () => false });
      const removal = await runJanitor(place, [marker], janitor);
      await janitor.close();
      return removal;
    };
    const soon = await at("2024-02-02T05:59:59Z");
    assert.match(soon.held ?? "", /held by run/);
    assert.equal((await at("2024-02-02T06:00:00Z")).removed.length > 0, true);
  });

  it("stops when its own lease is lost, and removes no more", async () => {
    const world = shop.open("janitor");
    let seconds = 0;
    const slow = { ...world.clock, now: () => new Date(Date.parse(now) + 1000 * seconds).toISOString() };
    const store = await world.store(team);
    const ports: Ports = {
      ...world,
      clock: slow,
      store: async () => ({
        ...store,
        async remove(key) {
          await store.remove(key);
          seconds += 61;
          if (seconds < 122) await takeLease({ ...world, clock: slow }, team, pipeline, "another");
        },
      }),
    };
    const { removed, error } = await runJanitor(place, [marker], ports);
    assert.equal(error?.code, "lease.lost");
    assert.deepEqual(
      removed.map(({ where }) => where),
      expected.slice(0, 3),
    );
    await world.close();
  });

  it("removes nothing of a pipeline where something has changed a manifest", async () => {
    const world = shop.open("vandal");
    const store = await world.store(team);
    for (const body of ['{"format":1,"pipeline":"orders","seq":1}', '{"form']) {
      await store.put(keys.manifest(pipeline, 1), new TextEncoder().encode(body));
      await assert.rejects(find(), { code: "store.damaged", blame: "data" });
      const { removed, error } = await runJanitor(place, [marker], world);
      assert.deepEqual([removed, error?.code], [[], "store.damaged"]);
    }
    await world.close();
  });

  it("holds the lease while it removes, and lets go of it at the end", async () => {
    const world = shop.open("janitor");
    const store = await world.store(team);
    const others: unknown[] = [];
    const ports: Ports = {
      ...world,
      store: async () => ({
        ...store,
        async remove(key) {
          const other = shop.open("other", { ownerIsGone: () => false });
          others.push(await takeLease(other, team, pipeline, "run").catch(({ code }) => code));
          await store.remove(key);
        },
      }),
    };
    await runJanitor(place, [marker], ports);
    assert.deepEqual([...new Set(others)], ["lease.held"]);
    const epoch = await takeLease(shop.open("other", { ownerIsGone: () => false }), team, pipeline, "run");
    await keepLease(world, team, pipeline, epoch);
    await world.close();
  });
});

/** Says that something, a table too, was found before. */
const marker: Orphan = {
  kind: "table",
  table: { schema: "raw", name: "found_before" },
  ...{ where: "raw.found_before", bytes: null, changedAt: now, why: "a test" },
};

/** Ports of a process that dies: odd numbers before a removal, even ones after it; then nothing has an effect. */
function dying(ports: Ports, at: number): Ports {
  let begun = 0;
  let dead = false;
  const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Error("dead");
    return work();
  };
  const removing = async (work: () => Promise<void>): Promise<void> => {
    begun++;
    if (Math.ceil(at / 2) !== begun) return mortal(work);
    if (at % 2 === 0) await mortal(work);
    dead = true;
    throw new Error("dead");
  };
  return {
    ...ports,
    async store(of) {
      const store = await ports.store(of);
      return {
        ...store,
        put: (key, body) => mortal(() => store.put(key, body)),
        remove: (key) => removing(() => store.remove(key)),
      };
    },
    async warehouse(of) {
      const warehouse = await ports.warehouse(of);
      return { ...warehouse, run: (statements) => removing(() => warehouse.run(statements)) };
    },
  };
}

async function rawTables(shop: Shop): Promise<string[]> {
  const world = shop.open("looker");
  const { query } = await world.warehouse(team);
  const rows = await query(
    `SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = 'raw' ORDER BY 1`,
  );
  await world.close();
  return rows.map(({ name }) => String(name));
}

async function digests(shop: Shop) {
  assert.ok(orders);
  const world = shop.open("looker");
  const { query, dialect } = await world.warehouse(team);
  const silver = planDigest(
    dialect,
    { schema: place.names.silver, name: pipeline },
    silverDefinition(orders.pipeline),
  );
  const quarantine = planDigest(dialect, { schema: place.names.quarantine, name: pipeline }, [
    ...quarantineColumns,
  ]);
  const found = [(await query(silver))[0], (await query(quarantine))[0]];
  await world.close();
  return found;
}
