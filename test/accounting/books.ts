/**
 * What each strategy owes for every record, kept record by record in plain maps: the second bookkeeping
 * that Firn's SQL is held against. Nothing here is taken from Firn.
 */
import type { Cell } from "./cells.ts";
import type { Sent } from "./records.ts";

/** What one promotion writes into the ledger. */
export interface Counts {
  repeated: number;
  unchanged: number;
  promoted: number;
  deleted: number;
  vanished: number;
  conflicts: number;
  silver_rows: number;
}

export interface Book {
  /** Takes the good records of a batch, in the order in which they were delivered. */
  take(good: Sent[], batch: TakenBatch): Counts;
  /** Live rows, as `shown` shows them; in any order. */
  live(): Iterable<string>;
}

export interface TakenBatch {
  /** What a batch delivers of each partition: name, comparable version, and the file that holds it. */
  partitions?: { name: string; version: number; file?: string }[];
}

/** A row as text, the same as SQL's `concat_ws` of its columns in order. */
export function shown(cells: Record<string, Cell>, columns: string[]): string {
  return columns.map((name) => cells[name]?.shown ?? "∅").join("|");
}

const isDelete = ({ cells }: Sent) => cells.op?.shown === "d";
const keyOf = ({ cells }: Sent, key: string[]) => key.map((name) => cells[name]?.shown).join("\u0001");

/** Later by the first column that differs. */
function compared(a: Sent, b: Sent, version: string[]): number {
  for (const name of version) {
    const difference = (a.cells[name]?.rank ?? 0) - (b.cells[name]?.rank ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function openUpsertBook(key: string[], version: string[], columns: string[]): Book {
  const standing = new Map<string, Sent>();
  const row = ({ cells }: Sent) => shown(cells, columns);
  return {
    take(good) {
      const newest = new Map<string, Sent>();
      const versions = new Map<string, { rows: number; payloads: Set<string> }>();
      for (const each of good) {
        const name = keyOf(each, key);
        const before = newest.get(name);
        if (!before || compared(each, before, version) >= 0) newest.set(name, each);
        const one = `${name}\u0001${version.map((column) => each.cells[column]?.rank).join(" ")}`;
        const same = versions.get(one) ?? { rows: 0, payloads: new Set() };
        same.rows++;
        same.payloads.add(row(each));
        versions.set(one, same);
      }
      let [promoted, deleted, ties] = [0, 0, 0];
      for (const [name, each] of newest) {
        const before = standing.get(name);
        const order = before ? compared(each, before, version) : 1;
        if (order < 0 || (order === 0 && before && row(before) === row(each))) continue;
        if (order === 0) ties++;
        promoted++;
        if (isDelete(each)) deleted++;
        standing.set(name, each);
      }
      const within = [...versions.values()].filter(({ rows, payloads }) => rows > 1 && payloads.size > 1);
      return {
        repeated: good.length - newest.size,
        unchanged: newest.size - promoted,
        promoted,
        deleted,
        vanished: 0,
        conflicts: ties + within.reduce((sum, { rows }) => sum + rows, 0),
        silver_rows: standing.size,
      };
    },
    *live() {
      for (const each of standing.values()) if (!isDelete(each)) yield row(each);
    },
  };
}

/** Images that carry some columns: each column goes by the last image that carried it. */
export function openPartialBook(key: string[], version: string[], columns: string[]): Book {
  interface Place {
    image: Sent;
    nth: number;
  }
  interface Folded {
    newest: Place;
    set: Map<string, Place>;
  }
  const standing = new Map<string, Folded>();
  const carried = columns.filter((name) => !key.includes(name) && !version.includes(name));
  let nth = 0;
  const isLater = (a: Place, b: Place | undefined) =>
    b === undefined || (compared(a.image, b.image, version) || a.nth - b.nth) > 0;
  const row = ({ newest, set }: Folded) => {
    const cells: Record<string, Cell> = { ...newest.image.cells };
    for (const name of carried) {
      const at = set.get(name);
      const cell = at?.image.cells[name];
      if (cell && !cell.bad) cells[name] = cell;
      else delete cells[name];
    }
    return `${isDelete(newest.image)} ${shown(cells, columns)}`;
  };
  return {
    take(good) {
      const before = new Map<string, string | undefined>();
      for (const image of good) {
        const name = keyOf(image, key);
        const folded = standing.get(name);
        if (!before.has(name)) before.set(name, folded && row(folded));
        const place = { image, nth: ++nth };
        const next = folded ?? { newest: place, set: new Map<string, Place>() };
        if (isLater(place, next.newest)) next.newest = place;
        for (const column of carried)
          if ((isDelete(image) || column in image.cells) && isLater(place, next.set.get(column)))
            next.set.set(column, place);
        standing.set(name, next);
      }
      let [promoted, deleted] = [0, 0];
      for (const [name, was] of before) {
        const now = standing.get(name) as Folded;
        if (row(now) === was) continue;
        promoted++;
        if (isDelete(now.newest.image)) deleted++;
      }
      return {
        repeated: good.length - before.size,
        unchanged: before.size - promoted,
        promoted,
        deleted,
        vanished: 0,
        conflicts: 0,
        silver_rows: standing.size,
      };
    },
    *live() {
      for (const each of standing.values())
        if (!isDelete(each.newest.image)) yield row(each).slice("false ".length);
    },
  };
}

export function openAppendBook(ids: string[], columns: string[]): Book {
  const standing = new Map<string, string>();
  return {
    take(good) {
      const firsts = new Map<string, Sent>();
      for (const each of good) if (!firsts.has(keyOf(each, ids))) firsts.set(keyOf(each, ids), each);
      let promoted = 0;
      for (const [id, each] of firsts) {
        if (standing.has(id)) continue;
        standing.set(id, shown(each.cells, columns));
        promoted++;
      }
      return {
        repeated: good.length - firsts.size,
        unchanged: firsts.size - promoted,
        promoted,
        deleted: 0,
        vanished: 0,
        conflicts: 0,
        silver_rows: standing.size,
      };
    },
    live: () => standing.values(),
  };
}

/** `partitionOf`: the partition of a record where its file does not say it. */
export function openPartitionBook(columns: string[], partitionOf?: (sent: Sent) => string): Book {
  const standing = new Map<string, { version: number; rows: string[] }>();
  let rowsEver = 0;
  return {
    take(good, { partitions = [] }) {
      const newest = new Map<string, { version: number; file?: string }>();
      for (const { name, ...delivery } of partitions) {
        const before = newest.get(name);
        if (!before || delivery.version > before.version) newest.set(name, delivery);
      }
      const rows = new Map<string, string[]>([...newest.keys()].map((name) => [name, []]));
      const nameOfFile = new Map([...newest].map(([name, { file }]) => [file, name]));
      let winners = 0;
      for (const each of good) {
        const name = partitionOf ? partitionOf(each) : nameOfFile.get(each.file);
        if (name === undefined) continue;
        winners++;
        rows.get(name)?.push(shown(each.cells, columns));
      }
      let [promoted, vanished] = [0, 0];
      for (const [name, { version }] of newest) {
        const before = standing.get(name);
        if (before && before.version >= version) continue;
        const now = rows.get(name) ?? [];
        const left = new Map<string, number>();
        for (const row of before?.rows ?? []) left.set(row, (left.get(row) ?? 0) + 1);
        for (const row of now) {
          const count = left.get(row) ?? 0;
          if (count === 0) promoted++;
          else left.set(row, count - 1);
        }
        for (const count of left.values()) vanished += count;
        standing.set(name, { version, rows: now });
      }
      rowsEver += promoted;
      return {
        repeated: good.length - winners,
        unchanged: winners - promoted,
        promoted,
        deleted: 0,
        vanished,
        conflicts: 0,
        silver_rows: rowsEver,
      };
    },
    *live() {
      for (const { rows } of standing.values()) yield* rows;
    },
  };
}

export function openChildrenBook(
  parent: string[],
  key: string[],
  version: string[],
  columns: string[],
): Book {
  interface Child {
    row: string;
    isLive: boolean;
  }
  const standing = new Map<string, { newest: Sent; children: Map<string, Child> }>();
  let rows = 0;
  const row = (each: Sent) => `${isDelete(each)} ${shown(each.cells, columns)}`;
  return {
    take(good) {
      const newest = new Map<string, Sent>();
      for (const each of good) {
        const name = keyOf(each, parent);
        const before = newest.get(name);
        if (!before || compared(each, before, version) > 0) newest.set(name, each);
      }
      const families = new Map<string, Map<string, Sent>>();
      for (const each of good) {
        const name = keyOf(each, parent);
        if (compared(each, newest.get(name) as Sent, version) !== 0) continue;
        const family = families.get(name) ?? new Map<string, Sent>();
        family.set(keyOf(each, key), each);
        families.set(name, family);
      }
      let [winners, promoted, deleted, vanished] = [0, 0, 0, 0];
      for (const [name, family] of families) {
        winners += family.size;
        const first = newest.get(name) as Sent;
        const known = standing.get(name);
        if (known && compared(first, known.newest, version) < 0) continue;
        const children = known?.children ?? new Map<string, Child>();
        for (const [child, before] of children) {
          if (!before.isLive || family.has(child)) continue;
          children.set(child, { row: "gone", isLive: false });
          vanished++;
        }
        for (const [child, each] of family) {
          const before = children.get(child);
          if (before?.row === row(each)) continue;
          promoted++;
          if (isDelete(each)) deleted++;
          if (!before) rows++;
          children.set(child, { row: row(each), isLive: !isDelete(each) });
        }
        standing.set(name, { newest: first, children });
      }
      return {
        repeated: good.length - winners,
        unchanged: winners - promoted,
        promoted,
        deleted,
        vanished,
        conflicts: 0,
        silver_rows: rows,
      };
    },
    *live() {
      for (const { children } of standing.values())
        for (const { row: text, isLive } of children.values()) if (isLive) yield text.slice("false ".length);
    },
  };
}
