/** Keeps the books of every table for one seed: what `npm test` and `npm run prove` share. */
import { openRandom } from "../recovery/schedules.ts";
import { openDice } from "./records.ts";
import { account, dayOf, sizeOf, type Tally } from "./run.ts";
import { openSubjects } from "./subjects.ts";

export interface Table {
  /** Its strategy and how it is delivered, such as `upsert/files`. */
  name: string;
  /** @throws {Error} where a count, a reason or a row differs; says how to run it again */
  keepBooks(): Promise<Tally>;
}

/** The tables that share so many rows, each with a history of its own that the seed decides. */
export function planTables(seed: number, rows: number): Table[] {
  const rowsEach = Math.ceil(rows / openSubjects(dayOf, 0).length);
  return openSubjects(dayOf, rowsEach).map(({ subject, by }, at) => ({
    name: `${subject.name}/${by}`,
    async keepBooks() {
      const dice = openDice(openRandom(seed * 101 + at));
      try {
        return await account(subject, by, dice, sizeOf(rowsEach));
      } catch (error) {
        throw new Error(
          `${subject.name}/${by}: ${(error as Error).message}\n  again: npm run prove -- --only accounting --rows ${rows} --seed ${seed} --table ${subject.name}/${by}`,
          { cause: error },
        );
      }
    },
  }));
}
