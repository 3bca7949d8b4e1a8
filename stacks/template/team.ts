import { team } from "#firn";
import { example } from "./pipelines/example.ts";

/**
 * A team to copy. Nothing loads this folder; it is only checked, so that a copy of it is right.
 *
 * 1. `cp -r stacks/template stacks/teams/NAME`, and write NAME for "template" below.
 * 2. In stacks/index.ts: `import { NAME } from "./teams/NAME/team.ts";`, and NAME in the list of teams.
 * 3. In stacks/environments/local.ts, under connections: `example_inbox: "stacks/teams/NAME/sample"`.
 * 4. `npx firn run NAME.example`, then `npx firn sql "FROM NAME.silver.example"`. Where `npm start` has run, add
 *    `--dir .mine` to both: the demo has left its own time in .firn/env.
 *
 * Then make the pipeline your own: its file says of each line what it decides. `npx firn plan` shows what
 * would be read before anything is. A second pipeline is a second file, listed here.
 */
export const template = team({ name: "template", pipelines: [example] });
