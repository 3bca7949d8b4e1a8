/** A model that differs from its rebuild: what a person needs to see why. */

import type { Difference, Event, Side } from "#worlds/prove";
import { table, visible } from "../output.ts";
import { counted } from "../text.ts";

export interface Finding {
  team: string;
  model: string;
  /** The model's file. */
  path: string;
  seed: number;
  events: Event[];
  error?: string;
  difference?: Difference;
  /** Repeats it. */
  command: string;
}

export function linesOfFinding(finding: Finding): string[] {
  const { team, model, path, seed, events, error, difference, command } = finding;
  const what = error === undefined ? "differs from its rebuild" : "could not be built";
  return [
    `${team}.${model} (${path}) ${what}, seed ${seed}`,
    `  in order   ${events.map(told).join(", ")}`,
    ...(error === undefined ? [] : [`  error      ${visible(error)}`]),
    ...(difference ? linesOf(difference) : []),
    `  again      ${command}`,
  ];
}

function linesOf({ columns, differsIn, onlyIncremental, onlyRebuilt }: Difference): string[] {
  const head = columns.map(({ name }) => name);
  const side = (title: string, { count, rows }: Side) =>
    count === 0
      ? [`  ${title}: none`]
      : [
          `  ${title}: ${counted(count, "row")}${count > rows.length ? `, of which ${rows.length}` : ""}`,
          ...table(
            head,
            rows.map((row) => row.map((value) => value ?? "NULL")),
          ).map((line) => `    ${line}`),
        ];
  return [
    ...(differsIn.length > 0 ? [`  differs in ${differsIn.join(", ")}`] : []),
    ...side("only in the incremental table", onlyIncremental),
    ...side("only in the rebuild", onlyRebuilt),
  ];
}

/** `orders 3 (120 rows)`, or that the models were built. */
function told(event: Event): string {
  return event === "build" ? "build" : `${event.pipeline} ${event.batch} (${counted(event.rows, "row")})`;
}
