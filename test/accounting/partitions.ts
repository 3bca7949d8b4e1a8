/** The tables whose rows have no key: a delivery takes the place of its partition. */
import { openPartitionBook } from "./books.ts";
import { integer, payload, text } from "./cells.ts";
import { type Columns, type Dice, type Draft, drawForm, drawPayload } from "./records.ts";
import { codes, key, keyed, keys, type Subject } from "./subject.ts";

export function partitionsByFile(): Subject {
  const columns: Columns = { sku: key({}), ...payload };
  return {
    name: "partitions_by_file",
    columns,
    strategy: {
      kind: "replace_partition",
      partition: { by: "file", pattern: "part_(?<partition>[^_]+)_v(?<version>\\d+)" },
      despiteQuarantine: true,
      mayBeEmpty: true,
    },
    always: [],
    unlessDeleted: [],
    open: () => openPartitionBook(Object.keys(columns)),
    draw(dice, batch, rows) {
      const versions = new Set<string>();
      return Array.from({ length: 8 }, () => {
        const name = `p${dice.below(10)}`;
        // Deliveries come out of order, but never two of one version.
        let version = batch * 20 + dice.below(40);
        while (versions.has(`${name} ${version}`)) version++;
        versions.add(`${name} ${version}`);
        const tame = dice.chance(0.2);
        const count = dice.chance(0.05) ? 0 : Math.ceil(rows / 8);
        return { partition: { name, version }, tame, drafts: drawEqual(dice, count, tame) };
      });
    },
  };

  /** Rows without a key, many of them equal to each other and to rows of other deliveries. */
  function drawEqual(dice: Dice, count: number, tame: boolean): Draft[] {
    return Array.from({ length: count }, () => {
      if (dice.chance(0.5))
        return {
          cells: { sku: text(dice.one(codes)), label: text("equal"), units: integer(dice.below(3), 0) },
        };
      return {
        cells: { sku: text(dice.one(codes)), ...drawPayload(dice, payload, tame) },
        ...drawForm(dice, tame),
      };
    });
  }
}

/** @param dayOf the day, as YYYY-MM-DD, that a batch's window ends with */
export function partitionsByDay(dayOf: (batch: number) => string): Subject {
  const columns: Columns = { day: keys.date, ...payload };
  return {
    name: "partitions_by_day",
    columns,
    strategy: {
      kind: "replace_partition",
      partition: { by: "day", column: "day" },
      despiteQuarantine: true,
      mayBeEmpty: true,
    },
    always: ["day"],
    unlessDeleted: [],
    day: "day",
    open: () => openPartitionBook(Object.keys(columns), ({ cells }) => cells.day?.shown as string),
    draw: (dice, batch, rows) => {
      const days = [dayOf(batch), dayOf(Math.max(1, batch - 1))];
      return Array.from({ length: 4 }, (_, lot) => {
        const tame = lot === 0;
        const drafts = Array.from({ length: Math.ceil(rows / 4) }, (): Draft => {
          const day = dice.chance(0.02) ? dayOf(batch + 5) : dice.one(days);
          if (dice.chance(0.5))
            return { cells: { day: text(day), label: text("equal"), units: integer(dice.below(40), 0) } };
          return {
            cells: keyed(dice, columns, { day: text(day), ...drawPayload(dice, payload, tame) }),
            ...drawForm(dice, tame),
          };
        });
        return { drafts, tame };
      });
    },
  };
}
