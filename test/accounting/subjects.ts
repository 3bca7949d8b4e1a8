/** The tables whose rows have keys: what their sources send, and the list of all tables. */
import { openAppendBook, openChildrenBook, openPartialBook, openUpsertBook } from "./books.ts";
import { type Cell, instant, integer, payload, text } from "./cells.ts";
import { partitionsByDay, partitionsByFile } from "./partitions.ts";
import { type Columns, type Dice, type Draft, drawForm, drawPayload } from "./records.ts";
import { codes, key, keyed, keys, type Subject, start, wrongInstant, wrongNumber } from "./subject.ts";

/** One lot after another of records of their own; some are sent again, in the batch or later. */
function drawRecords(one: (dice: Dice, tame: boolean, batch: number) => Draft): Subject["draw"] {
  const earlier: Record<string, Draft[]> = { tame: [], wild: [] };
  return (dice, batch, rows) =>
    Array.from({ length: 4 }, (_, lot) => {
      const tame = lot === 0;
      const pool = earlier[tame ? "tame" : "wild"] as Draft[];
      const drafts = Array.from({ length: Math.ceil(rows / 4) }, () => {
        if (pool.length > 0 && dice.chance(0.12)) return dice.one(pool);
        const draft = { ...one(dice, tame, batch), ...drawForm(dice, tame) };
        if (pool.length < 2000) pool.push(draft);
        else pool[dice.below(pool.length)] = draft;
        return draft;
      });
      return { drafts, tame };
    });
}

const payloadNames = Object.keys(payload);

/** An image of a row, or a delete of it that holds key and version alone, or bad values beside them. */
function change(dice: Dice, columns: Columns, cells: Record<string, Cell>, tame: boolean): Draft {
  if (!dice.chance(0.1))
    return { cells: keyed(dice, columns, { ...cells, op: text("u"), ...drawPayload(dice, payload, tame) }) };
  const more = dice.chance(0.2) ? { units: wrongNumber, born: wrongInstant } : {};
  return { cells: keyed(dice, columns, { ...cells, op: text("d"), ...more }) };
}

function upsert(partial: boolean, ids: number): Subject {
  const columns: Columns = {
    id: keys.integer,
    code: key({}),
    at: keys.instant,
    lsn: keys.integer,
    op: key({}),
    ...payload,
  };
  const [names, version] = [
    ["id", "code"],
    ["at", "lsn"],
  ];
  return {
    name: partial ? "upsert_partial" : "upsert",
    columns,
    strategy: {
      kind: "upsert",
      key: names,
      version,
      deletedWhen: { column: "op", in: ["d"] },
      ...(partial && { partial: true }),
    },
    always: [...names, ...version],
    unlessDeleted: [],
    open: () => (partial ? openPartialBook : openUpsertBook)(names, version, Object.keys(columns)),
    draw: drawRecords((dice, tame, batch) => {
      const lsn = dice.below(4) - 2;
      const draft = change(
        dice,
        columns,
        {
          id: integer(dice.below(ids) * 10, dice.below(6)),
          code: text(dice.one(codes)),
          // Time goes on, but many versions are old or equal.
          at: instant(start + batch * 5 + dice.below(20), dice.below(6)),
          lsn: { ...integer(lsn, dice.below(6)), rank: lsn },
        },
        tame,
      );
      // Most images are of few columns.
      if (partial && dice.chance(0.7))
        for (const name of payloadNames) if (dice.chance(0.6)) delete draft.cells[name];
      return draft;
    }),
  };
}

function append(sequence: boolean): Subject {
  const columns: Columns = { device: key({}), n: keys.integer, ...payload };
  const ids = ["device", "n"];
  let next = 0;
  return {
    name: sequence ? "append_sequence" : "append",
    columns,
    strategy: { kind: "append", ids, ...(sequence ? { sequence: "n" } : { rememberDays: 400 }) },
    always: ids,
    unlessDeleted: [],
    open: () => openAppendBook(ids, Object.keys(columns)),
    draw: drawRecords((dice, tame) => {
      next += dice.below(2);
      // Mostly new ones, some of them out of order, some drawn twice.
      const n = Math.max(0, next - dice.below(dice.chance(0.3) ? 30 : 1));
      return {
        cells: keyed(dice, columns, {
          device: text(dice.one(codes)),
          n: integer(n, dice.below(6)),
          ...drawPayload(dice, payload, tame),
        }),
      };
    }),
  };
}

function children(orders: number): Subject {
  const columns: Columns = {
    region: key({}),
    order_id: keys.integer,
    line: keys.integer,
    at: keys.instant,
    op: key({}),
    ...payload,
  };
  const [parent, names, version] = [["region", "order_id"], ["line"], ["at"]];
  return {
    name: "children",
    columns,
    strategy: {
      kind: "replace_children",
      parent,
      key: names,
      version,
      deletedWhen: { column: "op", in: ["d"] },
    },
    always: [...parent, ...version],
    unlessDeleted: names,
    parent,
    open: () => openChildrenBook(parent, names, version, Object.keys(columns)),
    draw(dice, batch, rows) {
      return Array.from({ length: 4 }, (_, lot) => {
        const tame = lot === 0;
        const drafts: Draft[] = [];
        while (drafts.length < rows / 4) drafts.push(...drawFamily(dice, batch, lot, tame));
        return { drafts, tame };
      });
    },
  };

  /** One delivery of a parent, whole in its lot; few are bad, as one bad row holds all its family back. */
  function drawFamily(dice: Dice, batch: number, lot: number, tame: boolean): Draft[] {
    const of = {
      region: text(dice.one(codes)),
      order_id: integer(dice.below(orders) * 4 + lot, dice.below(6)),
      at: instant(start + batch * 20 + dice.below(60), dice.below(6)),
    };
    if (dice.chance(0.1)) return [{ cells: { ...of, op: text("d") } }];
    const isQuiet = dice.chance(0.8);
    const lines = Array.from({ length: 5 }, (_, line) => line).filter(() => dice.chance(0.6));
    return lines.map((line) => {
      const own = { ...of, line: integer(line, dice.below(6)), op: text(dice.chance(0.05) ? "d" : "u") };
      return isQuiet
        ? { cells: { ...own, label: text(dice.one(["x", "y"])) } }
        : {
            cells: keyed(dice, columns, { ...own, ...drawPayload(dice, payload, tame) }),
            ...drawForm(dice, tame),
          };
    });
  }
}

/**
 * Every strategy, by files and over HTTP where it can be had both ways; for tables of about so many rows.
 *
 * @param dayOf the day, as YYYY-MM-DD, of a batch
 */
export function openSubjects(
  dayOf: (batch: number) => string,
  rows: number,
): { subject: Subject; by: "files" | "http" }[] {
  const ids = Math.max(90, Math.ceil(rows / 30));
  const open = [
    () => upsert(false, ids),
    () => upsert(true, ids),
    () => append(false),
    () => append(true),
    () => children(Math.ceil(ids / 5)),
  ];
  return [
    ...open.flatMap((each) => [
      { subject: each(), by: "files" as const },
      { subject: each(), by: "http" as const },
    ]),
    { subject: partitionsByFile(), by: "files" },
    { subject: partitionsByDay(dayOf), by: "http" },
  ];
}
