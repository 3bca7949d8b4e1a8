/** One argument of one resource changed, between our program and the engine. */
import type { Project } from "../support/engine.ts";

/** In the copy, loaded before the program. */
const changing = (change: Change) => `
import * as pulumi from "@pulumi/pulumi";
const { type, name, path, value } = ${JSON.stringify(change)};
pulumi.runtime.registerStackTransformation((args) => {
  if (args.type !== type || args.name !== name) return undefined;
  const props = { ...args.props };
  const place = path.split(".");
  const last = place.pop();
  let at = props;
  for (const name of place) at = at[name] = Array.isArray(at[name]) ? [...at[name]] : { ...at[name] };
  at[last] = value;
  return { props, opts: args.opts };
});
`;

export interface Change {
  type: string;
  name: string;
  /** `a.0.b` */
  path: string;
  value: unknown;
}

/** Every run of the copy's program has it from now on, and a change before it no more. */
export function changeArgument(project: Project, change: Change): void {
  project.write("infra/changing.ts", changing(change));
  if (project.read("infra/main.js").includes("changing.ts")) return;
  project.edit(
    "infra/main.js",
    'import("./index.ts")',
    'import("./changing.ts").then(() => import("./index.ts"))',
  );
}
