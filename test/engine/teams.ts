/** Teams that are added to a copy of the project, by the steps that stacks/template tells. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../support/engine.ts";

/** A copy of the template's folder, with its two lines in stacks/index.ts and the address of its source. */
export function addTeam(project: Project, name: string, environment: string): void {
  cpSync(join(project.folder, "stacks/template"), join(project.folder, "stacks/teams", name), {
    recursive: true,
  });
  const team = `stacks/teams/${name}/team.ts`;
  project.edit(
    team,
    /export const template = team\(\{ name: "template"/,
    `export const ${name} = team({ name: "${name}"`,
  );
  list(project, name);
  addConnections(project, environment);
}

/** A team of many pipelines, files and API in turn, each scheduled and with promises of its own. */
export function addLargeTeam(project: Project, name: string, environment: string, pipelines: number): void {
  addTeam(project, name, environment);
  project.write(
    `stacks/teams/${name}/team.ts`,
    `import { team } from "#firn";
import { example } from "./pipelines/example.ts";
import { exampleHttp } from "./pipelines/example_http.ts";

export const ${name} = team({
  name: "${name}",
  pipelines: Array.from({ length: ${pipelines} }, (_, i) => ({
    ...(i % 2 === 0 ? example : exampleHttp),
    name: \`pipeline_\${i}\`,
    schedule: { everyMinutes: 60 },
  })),
});
`,
  );
}

function list(project: Project, name: string): void {
  project.edit(
    "stacks/index.ts",
    /(import \{ learning \}.*\n)/,
    `$1import { ${name} } from "./teams/${name}/team.ts";\n`,
  );
  project.edit("stacks/index.ts", "[commerce, learning", `[commerce, learning, ${name}`);
}

/** Takes a team's two lines away again. Its folder may stay: nothing loads it. */
export function removeTeam(project: Project, name: string): void {
  project.edit("stacks/index.ts", new RegExp(`import \\{ ${name} \\}.*\n`), "");
  project.edit("stacks/index.ts", new RegExp(`, ${name}\\b|\\b${name}, `), "");
}

function addConnections(project: Project, environment: string): void {
  const path = `stacks/environments/${environment}.ts`;
  if (project.read(path).includes("example_inbox")) return;
  project.edit(
    path,
    "connections: {",
    'connections: {\n    example_inbox: "inbox:example/",\n    example_api: "https://helpdesk.example.com",',
  );
}
