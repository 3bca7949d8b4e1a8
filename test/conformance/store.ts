import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "#ports/store";

/** A store no other test uses, and how to leave no trace of it. */
export interface OpenedStore {
  store: Store;
  /** The bytes the warehouse would find at a location. */
  readAt(location: string): Promise<Uint8Array>;
  /** Leaves what a process killed within a put does. */
  leaveUnfinished(body: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** What every store must keep to; a new one calls this with a way to open an empty one. */
export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the ${name} store`, () => {
    let opened: OpenedStore;
    let store: Store;
    let local: string;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      local = await mkdtemp(join(tmpdir(), "firn-store-"));
    });

    afterEach(async () => {
      await opened.remove();
      await rm(local, { recursive: true });
    });

    it("lets exactly one of twenty concurrent puts of a key win, and keeps the winner's body", async () => {
      const bodies = Array.from({ length: 20 }, (_, at) => bytes(`body ${at} ${"x".repeat(at * 100)}`));
      const won = await Promise.all(bodies.map((body) => store.putIfAbsent("raw/a/one.json", body)));
      assert.equal(won.filter(Boolean).length, 1);
      assert.deepEqual(await get("raw/a/one.json"), bodies[won.indexOf(true)]);
    });

    it("lets exactly one win where objects and files are put under one key at once", async () => {
      const file = await localFile("from a file");
      const puts = Array.from({ length: 20 }, (_, at) =>
        at % 2 === 0
          ? store.putIfAbsent("raw/mixed", bytes("from memory"))
          : store.putFileIfAbsent("raw/mixed", file),
      );
      const won = await Promise.all(puts);
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal(text(await get("raw/mixed")), won.indexOf(true) % 2 === 0 ? "from memory" : "from a file");
    });

    it("never replaces an object by a put-if-absent, and says that it did not", async () => {
      assert.equal(await store.putIfAbsent("raw/kept", bytes("first")), true);
      assert.equal(await store.putIfAbsent("raw/kept", bytes("second")), false);
      assert.equal(await store.putFileIfAbsent("raw/kept", await localFile("third")), false);
      assert.equal(text(await get("raw/kept")), "first");
    });

    it("keeps what was put from a file when the file is removed afterwards", async () => {
      const file = await localFile("landed");
      assert.equal(await store.putFileIfAbsent("raw/file", file), true);
      await rm(file);
      assert.equal(text(await get("raw/file")), "landed");
    });

    it("shows a reader the old or the new body of an overwritten object, each whole", async () => {
      const [old, fresh] = [bytes("o".repeat(300_000)), bytes("n".repeat(200_000))];
      await store.put("state/beat", old);
      const reads: Promise<Uint8Array | null>[] = [];
      for (let round = 0; round < 10; round++) {
        const put = store.put("state/beat", round % 2 === 0 ? fresh : old);
        for (let at = 0; at < 4; at++) reads.push(store.get("state/beat"));
        await put;
      }
      for (const read of await Promise.all(reads)) {
        assert.ok(read !== null, "an overwritten object is never missing");
        assert.ok(same(read, old) || same(read, fresh), `a reader saw ${read.length} bytes of neither`);
      }
      assert.deepEqual(await get("state/beat"), old);
    });

    it("gives null for what was never put, be it a name, a folder or below an object", async () => {
      await store.putIfAbsent("raw/folder/object", bytes("1"));
      for (const key of ["raw/none", "raw/folder", "raw/folder/object/below", "none/at/all"])
        assert.equal(await store.get(key), null, key);
    });

    it("lists keys sorted and complete, and after a key without that key", async () => {
      const wanted = Array.from({ length: 1205 }, (_, at) => `raw/many/${String(at).padStart(6, "0")}.json`);
      const shuffled = [...wanted].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
      for (let at = 0; at < shuffled.length; at += 100)
        await Promise.all(
          shuffled.slice(at, at + 100).map((key) => store.putIfAbsent(key, new Uint8Array())),
        );
      assert.deepEqual(await store.list("raw/many/"), wanted);
      assert.deepEqual(await store.list("raw/many/", wanted[1000]), wanted.slice(1001));
      assert.deepEqual(await store.list("raw/many/", "raw/many/000003"), wanted.slice(3));
      assert.deepEqual(await store.list("raw/many/", wanted.at(-1)), []);
    });

    it("lists by a prefix that ends in the middle of a name, at every depth", async () => {
      const wanted = ["a/b1/x", "a/b1/y/z", "a/b10", "a/b12/deep/er/one"];
      for (const key of [...wanted, "a/a", "a/c", "ab1", "b/b1/x"]) await store.putIfAbsent(key, bytes(key));
      assert.deepEqual(await store.list("a/b1"), wanted);
      assert.deepEqual(await store.list("a/b1/y/"), ["a/b1/y/z"]);
      assert.deepEqual(await store.list("none/"), []);
    });

    it("sorts as keys compare, not as folders nest", async () => {
      const keys = ["a-b", "a.b", "a/b", "a0", "aB"];
      for (const key of keys) await store.putIfAbsent(key, bytes(key));
      assert.deepEqual(await store.list("a"), keys);
    });

    it("lists an object at once after its put, and only finished ones", async () => {
      for (let at = 0; at < 10; at++) {
        const key = `raw/now/${at}`;
        await (at % 2 === 0 ? store.putIfAbsent(key, bytes("1")) : store.put(key, bytes("1")));
        assert.equal((await store.list("raw/now/")).at(-1), key);
      }
      const puts = [1, 2, 3].map((at) => store.putIfAbsent(`raw/now/big${at}`, new Uint8Array(2_000_000)));
      for (const key of await store.list("raw/")) assert.ok((await store.get(key)) !== null, key);
      await Promise.all(puts);
      assert.equal((await store.list("raw/now/big")).length, 3);
    });

    it("takes keys with spaces, quotes, equals signs, dots and letters beyond ASCII", async () => {
      const odd = [
        "raw/p/ingest_date=2024-01-15/000001/part one.parquet",
        "raw/p/zażółć-日本語-🧊.json",
        "raw/p/it's 100% {fine} & so.on",
        "raw/p/.hidden",
        "raw/p/..twice..dots..",
        "raw/p/a+b,c;d@e#f",
      ];
      for (const key of odd) {
        assert.equal(await store.putIfAbsent(key, bytes(key)), true, key);
        assert.equal(text(await get(key)), key);
      }
      assert.deepEqual(await store.list("raw/p/"), [...odd].sort());
    });

    it("keeps an empty object and one of 5 MB as they were put", async () => {
      const big = new Uint8Array(5_000_000).map((_, at) => (at * 31) % 251);
      await store.putIfAbsent("raw/empty", new Uint8Array());
      await store.putIfAbsent("raw/big", big);
      await store.putFileIfAbsent("raw/big-file", await localFile(big));
      assert.equal((await get("raw/empty")).length, 0);
      assert.ok(same(await get("raw/big"), big));
      assert.ok(same(await get("raw/big-file"), big));
    });

    it("gives locations at which the warehouse finds the object, as prefix and key or as one", async () => {
      const key = "raw/p/ingest_date=2024-01-15/part 1.parquet";
      await store.putIfAbsent(key, bytes("found"));
      assert.equal(text(await opened.readAt(store.location(key))), "found");
      assert.equal(text(await opened.readAt(store.location("") + key)), "found");
    });

    it("removes an object for good, says nothing where there is none, and takes the key again", async () => {
      const keys = ["raw/p/one", "raw/p/two", "raw/pp"];
      for (const key of keys) await store.putIfAbsent(key, bytes(key));
      await store.remove("raw/p/one");
      assert.equal(await store.get("raw/p/one"), null);
      assert.deepEqual(await store.list("raw/"), keys.slice(1));
      for (const key of ["raw/p/one", "raw/none", "raw/p/two/below", "none/at/all"]) await store.remove(key);
      assert.deepEqual(await store.list("raw/"), keys.slice(1));
      assert.equal(await store.putIfAbsent("raw/p/one", bytes("again")), true);
      assert.equal(text(await get("raw/p/one")), "again");
    });

    it("never loses a put to a removal beside it", async () => {
      for (let round = 0; round < 20; round++) {
        await store.putIfAbsent(`raw/beside/${round}/old`, bytes("1"));
        await Promise.all([
          store.remove(`raw/beside/${round}/old`),
          store.putIfAbsent(`raw/beside/${round}/new`, bytes("1")),
          store.put(`raw/beside/${round}/state`, bytes("1")),
        ]);
        assert.equal((await store.list(`raw/beside/${round}/`)).length, 2);
      }
    });

    it("inspects what it lists, with the bytes of each and when it was put", async () => {
      const before = Date.now();
      for (const [at, key] of ["raw/p/a", "raw/p/b/c", "raw/pq"].entries())
        await store.putIfAbsent(key, new Uint8Array(at * 1000));
      await store.putFileIfAbsent("raw/p/file", await localFile("12345"));
      const found = await store.inspect("raw/p/");
      assert.deepEqual(
        found.map(({ key, bytes: size }) => [key, size]),
        [
          ["raw/p/a", 0],
          ["raw/p/b/c", 1000],
          ["raw/p/file", 5],
        ],
      );
      for (const { changedAt } of found) {
        assert.equal(new Date(changedAt).toISOString(), changedAt);
        assert.ok(Math.abs(Date.parse(changedAt) - before) < 60_000, changedAt);
      }
      assert.deepEqual(await store.inspect("none/"), []);
    });

    it("tells of a put that a killed process left, and gives it up without touching any object", async () => {
      await store.putIfAbsent("raw/kept", bytes("kept"));
      assert.deepEqual(await store.unfinishedPuts(), []);
      await opened.leaveUnfinished(new Uint8Array(1234));
      const [left, ...others] = await store.unfinishedPuts();
      assert.ok(left && others.length === 0);
      assert.ok(left.bytes === null || left.bytes === 1234);
      assert.ok(Math.abs(Date.parse(left.changedAt) - Date.now()) < 60_000, left.changedAt);
      for (const _ of ["once", "twice"]) await store.removeUnfinishedPut(left.id);
      assert.deepEqual(await store.unfinishedPuts(), []);
      assert.deepEqual(await store.list(""), ["raw/kept"]);
    });

    async function get(key: string): Promise<Uint8Array> {
      const body = await store.get(key);
      assert.ok(body !== null, `${key} is missing`);
      return new Uint8Array(body);
    }

    async function localFile(body: string | Uint8Array): Promise<string> {
      const path = join(local, `${Math.random()}`);
      await writeFile(path, body);
      return path;
    }
  });
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function text(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hash(key: string): number {
  return [...key].reduce((sum, letter) => (sum * 33 + letter.charCodeAt(0)) % 1_000_003, 7);
}
