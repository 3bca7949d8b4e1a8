import assert from "node:assert/strict";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import type { Difference } from "#prove/differ/plan";
import { type ModelTrial, openProof, type Trial } from "#prove/run";
import { makeRelease } from "#release";
import { openLocalReader } from "#worlds/reader";
import { filesIn } from "../janitor/support.ts";
import { openShop, readProject, type Shop } from "./shop.ts";

describe("proving that incremental models equal their rebuild", function () {
  this.timeout(120_000);
  let shop: Shop;
  /** The same, with sales that never are cancelled. */
  let steady: Shop;
  before(async () => {
    [shop, steady] = [await openShop(800), await openShop(800, { deletes: false })];
  });
  after(async () => {
    await shop.close();
    await steady.close();
  });

  it("passes right models over every merge strategy, and each of them has grown by increments", async () => {
    const trials = await tried(shop, readProject("prove/right"), 4);
    for (const { seed, models } of trials)
      for (const { name, error, difference } of models)
        assert.deepEqual([name, error, difference], [name, undefined, undefined], `seed ${seed}`);
    const grown = ["click_log", "daily_prices", "daily_sales", "monthly_growth", "order_totals"];
    for (const name of grown)
      assert.ok(
        trials.flatMap(({ models }) => models).some((each) => each.name === name && each.increments > 1),
        name,
      );
  });

  it("leaves silver in every trial as the whole history leaves it, tombstones and all", async () => {
    const reader = openLocalReader(
      {
        name: "rig",
        connections: {},
        retry: { attempts: 0, intervalSeconds: 1 },
        stageSecondsMax: 60,
        leaseSeconds: 60,
      },
      { folder: shop.folder },
    );
    const warehouse = await openDuckdbWarehouse({
      path: ":memory:",
      temporaryFolder: "/dev/shm/firn-spill",
      tag: "test",
    });
    try {
      await warehouse.run(["ATTACH ':memory:' AS shop", "USE shop"]);
      const { hash, release } = makeRelease(shop.team(readProject("prove/right")));
      const { clock, attemptId } = reader.ports;
      const store = await reader.ports.store("shop");
      const proof = await openProof({
        release,
        hash,
        environment: "rig",
        store,
        warehouse,
        clock,
        attemptId,
      });
      const silver = {
        sales: "sale_id, sold_on, changed_at, customer, amount, status, _deleted",
        clicks: "shard, n, clicked_at, page, _deleted",
        order_lines: "order_id, line, changed_at, quantity, _deleted",
        // A correction's tombstones depend on whether what it took away was ever there.
        prices: "price_day, sku, price",
      };
      const real = await reader.warehouse("shop");
      for (const seed of [1, 2, 3]) {
        await proof.tryOut(seed);
        for (const [table, columns] of Object.entries(silver)) {
          const live = table === "prices" || table === "order_lines" ? " WHERE NOT _deleted" : "";
          const query = `SELECT ${columns} FROM silver.${table}${live} ORDER BY ALL`;
          assert.deepEqual(await warehouse.query(query), await real?.query(query), `${table}, seed ${seed}`);
        }
      }
    } finally {
      await warehouse.close();
      await reader.close();
    }
  });

  it("only reads the lake, and leaves nothing behind", async () => {
    const before = filesIn(shop.folder);
    await tried(shop, readProject("prove/right"), 1);
    assert.deepEqual(filesIn(shop.folder), before);
  });

  it("takes a sample by key, each with its whole history", async () => {
    const proof = await shop.prove(readProject("prove/right"), { rows: 60 });
    await proof.close();
    const units = Object.fromEntries(proof.histories.map((each) => [each.pipeline.name, each.units]));
    assert.ok(Number(units.sales) > 20 && Number(units.sales) < 120, JSON.stringify(units));
    assert.ok(Number(units.prices) >= 1 && Number(units.prices) < 10, JSON.stringify(units));
  });

  it("proves one model with what it is made of", async () => {
    const proof = await shop.prove(readProject("prove/right"), { models: ["monthly_growth"] });
    try {
      assert.deepEqual(
        proof.histories.map(({ pipeline }) => pipeline.name),
        ["sales"],
      );
      const [model] = (await proof.tryOut(1)).models;
      assert.deepEqual(
        [model?.name, model?.error, model?.difference],
        ["monthly_growth", undefined, undefined],
      );
    } finally {
      await proof.close();
    }
  });

  it("gives the same trial for the same seed", async () => {
    const models = readProject("wrong/time_of_the_row");
    assert.deepEqual(await tried(shop, models, 2), await tried(shop, models, 2));
  });

  describe("catches", () => {
    const lag = readProject("wrong/lag_over_the_delta");

    it("lag() over the changed months alone: a run with nothing new makes the growth of a month NULL", async () => {
      // Everything is committed before the first build, and the second build finds nothing new.
      const isEmpty = ([, , growth]: (string | null)[]) => growth === null;
      const { difference } = await firstFound(steady, lag, ({ events, increments, difference }) => {
        const isIdle = increments === 0 && events.filter((event) => event === "build").length === 2;
        return isIdle && difference.onlyIncremental.rows.some(isEmpty);
      });
      const wrong = difference.onlyIncremental.rows.find(isEmpty);
      const right = difference.onlyRebuilt.rows.find(([month]) => month === wrong?.[0]);
      assert.deepEqual(difference.differsIn, ["growth"]);
      assert.deepEqual(wrong?.toSpliced(2, 1), right?.toSpliced(2, 1));
      assert.equal(wrong?.[2], null);
      assert.match(String(right?.[2]), /^-?\d+\.\d\d$/);
    });

    it("lag() over the changed months alone: late rows give a growth since a month that is not the one before", async () => {
      const { difference } = await firstFound(steady, lag, ({ difference: { onlyIncremental } }) =>
        onlyIncremental.rows.some(([, , growth]) => growth !== null),
      );
      assert.ok(difference.differsIn.includes("growth"));
    });

    it("a strict comparison of change times: what commits late is missing, or stays as it was", async () => {
      const models = readProject("wrong/change_time_without_overlap");
      const { difference } = await firstFound(
        shop,
        models,
        ({ difference: { differsIn, onlyIncremental, onlyRebuilt } }) =>
          differsIn.includes("changed_at") && onlyRebuilt.count > onlyIncremental.count,
      );
      const byId = new Map(difference.onlyRebuilt.rows.map((row) => [row[0], row]));
      const stale = difference.onlyIncremental.rows.filter(([id]) => byId.has(id ?? ""));
      assert.ok(stale.length > 0);
      for (const [id, , changedAt] of stale)
        assert.ok(String(changedAt) < String(byId.get(id ?? "")?.[2]), `sale ${id}`);
    });

    it("a missing unique_key: a day that changes stands twice, as it was and as it is", async () => {
      const { difference, model } = await firstFound(shop, readProject("wrong/no_unique_key"));
      assert.ok(difference.onlyIncremental.count > 0);
      assert.equal(difference.onlyRebuilt.count, 0);
      assert.ok(model.increments > 0);
    });

    it("a missing is_incremental(): every run adds everything again", async () => {
      const models = readProject("wrong/no_filter");
      // Counted as sets the two would be equal: a row too many of each.
      const { difference, model } = await firstFound(shop, models, ({ increments }) => increments === 0);
      assert.equal(difference.onlyIncremental.count, model.rows);
      assert.equal(difference.onlyRebuilt.count, 0);
    });

    it("the time of the row instead of its change: days that are over keep what they were", async () => {
      const { difference } = await firstFound(
        shop,
        readProject("wrong/time_of_the_row"),
        ({ difference }) => difference.differsIn.length > 0,
      );
      assert.ok(difference.differsIn.includes("revenue"));
      assert.ok(!difference.differsIn.includes("sold_on"));
    });

    it("rows that move to another group: the group they left keeps what they were worth", async () => {
      const { difference } = await firstFound(
        shop,
        readProject("wrong/moved_rows"),
        ({ difference: { differsIn } }) => differsIn.includes("revenue"),
      );
      assert.ok(!difference.differsIn.includes("customer"));
    });

    it("a model that is empty at first and never fills: nothing is greater than NULL", async () => {
      const models = {
        ...readProject("wrong/no_filter"),
        "models/click_log.sql":
          "{{ config(materialized='incremental') }} select shard, n, commit_seq from {{ source('silver', 'clicks') }} " +
          "{% if is_incremental() %} where commit_seq > (select max(commit_seq) from {{ this }}) {% endif %}",
      };
      const { difference, events } = await firstFound(shop, models);
      assert.equal(events[0], "build");
      assert.equal(difference.onlyIncremental.count, 0);
      assert.ok(difference.onlyRebuilt.count > 0);
    });

    it("a model that cannot be built, with the reason and with the build it happened in", async () => {
      const models = {
        ...readProject("wrong/no_filter"),
        "models/click_log.sql":
          "{{ config(materialized='incremental', incremental_strategy='merge', unique_key='page') }} select page, n from {{ source('silver', 'clicks') }}",
        "models/pages.sql":
          "{{ config(materialized='incremental') }} select page from {{ ref('click_log') }}",
      };
      const [trial] = await tried(shop, models, 1);
      const [log, pages] = trial?.models ?? [];
      const told = /^(in full|as an increment): .*"click_log" gives \d+ values of \(page\) more than once/;
      assert.match(String(log?.error), told);
      assert.match(String(pages?.error), /click_log did not succeed \(click_log: .*more than once/);
    });
  });

  it("says what it leaves out: snapshots, what is built on them, another team's gold; and who reads as_of", async () => {
    const models = {
      ...readProject("prove/right"),
      "models/other.yml": "sources: [{name: other, database: other, schema: gold, tables: [{name: people}]}]",
      "models/theirs.sql":
        "{{ config(materialized='incremental') }} select * from {{ source('other', 'people') }}",
      "models/aged.sql":
        "{{ config(materialized='incremental', unique_key='sale_id') }} select sale_id, '{{ var('as_of') }}' as at from {{ source('silver', 'sales') }}",
      "models/past.sql": "{{ config(materialized='incremental') }} select * from {{ ref('sales_then') }}",
      "snapshots/sales_then.sql":
        "{% snapshot sales_then %}{{ config(unique_key='sale_id', strategy='timestamp', updated_at='changed_at') }} select * from {{ source('silver', 'sales') }}{% endsnapshot %}",
    };
    const team = { ...shop.team(models), name: "shop" };
    const other = { ...team, name: "other", grants: [{ to: "shop", models: ["people"] }] };
    const proof = await shop.prove(models, {}, [team, other]);
    await proof.close();
    assert.deepEqual(proof.leftOut, [
      { name: "past", why: "it is built on the snapshot sales_then, which cannot be rebuilt" },
      {
        name: "sales_then",
        why: "a snapshot: it keeps what silver no longer has, so no rebuild can equal it",
      },
      { name: "theirs", why: "it reads other.people of another team, whose history is not at hand" },
    ]);
    assert.deepEqual(proof.readAsOf, ["aged"]);
  });
});

/** Trials of the first so many seeds. */
async function tried(shop: Shop, models: Record<string, string>, seeds: number): Promise<Trial[]> {
  const proof = await shop.prove(models);
  try {
    const trials: Trial[] = [];
    for (let seed = 1; seed <= seeds; seed++) trials.push(await proof.tryOut(seed));
    return trials;
  } finally {
    await proof.close();
  }
}

interface Found {
  events: Trial["events"];
  model: ModelTrial;
  increments: number;
  difference: Difference;
}

/** The first trial in which the one model differs, and in the way that is looked for. */
async function firstFound(
  shop: Shop,
  models: Record<string, string>,
  wanted: (found: Found) => boolean = () => true,
): Promise<Found> {
  const proof = await shop.prove(models);
  try {
    for (let seed = 1; seed <= 40; seed++) {
      const { events, models: of } = await proof.tryOut(seed);
      const [model] = of;
      if (!model?.difference) continue;
      const found = { events, model, increments: model.increments, difference: model.difference };
      if (wanted(found)) return found;
    }
    return assert.fail("In 40 trials the model equals its rebuild, or differs otherwise.");
  } finally {
    await proof.close();
  }
}
