/**
 * The real engine on a copy of the project. It takes from the environment:
 *
 * - `pulumi`, its Node language host and `pulumi-resource-aws` on the PATH;
 * - `FIRN_AWS_ENDPOINT`: an AWS emulator, account 000000000000, region eu-west-1; `FIRN_AWS_ALARMS_ENDPOINT`: the
 *   one for CloudWatch and SNS where that is another;
 * - `FIRN_SNOWFLAKE_SCHEMA`: the published schema of the Snowflake provider, which the stand-in judges by.
 *
 * `.ci/engine` sets all of them. Resources are made in the emulator and never in an account: the project's account
 * numbers are replaced in the copy, and no credentials reach the engine.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { isOnPath, isThere, type Ran, run } from "./commands.ts";
import type { Contents } from "./snowflake-provider/account.ts";

const root = join(import.meta.dirname, "..", "..");
const account = "000000000000";

/** What the environment lacks, with where to get it; undefined if the engine can run. */
export function missingEngine(): string | undefined {
  const lacking = [
    ...["pulumi", "pulumi-language-nodejs", "pulumi-resource-aws"]
      .filter((name) => !isOnPath(name))
      .map((name) => `${name} on the PATH`),
    ...["FIRN_AWS_ENDPOINT", "FIRN_SNOWFLAKE_SCHEMA"].filter((name) => !process.env[name]),
  ];
  return lacking.length === 0
    ? undefined
    : `the engine's tests need ${lacking.join(", ")}: test/support/engine.ts says what each is`;
}

/** A step of a preview, or of an update as it was carried out. */
export interface Step {
  op: string;
  urn: string;
  type: string;
  name: string;
  /** Properties that differ, where the provider says which. */
  changed: string[];
  /** What the program gave it; of a preview only. */
  inputs?: Record<string, unknown>;
}

export class Project {
  /** The copy: edit it as a person would. */
  readonly folder: string;
  /** State, Pulumi's home, the Snowflake account, event logs. */
  readonly scratch: string;
  readonly #env: NodeJS.ProcessEnv;
  #runs = 0;

  constructor(folder: string, scratch: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.scratch = scratch;
    this.#env = env;
  }

  /** Runs pulumi in the copy; refused after `secondsMax`. Never asks, never throws for an exit code. */
  async pulumi(args: string[], { env = {}, secondsMax = 400 } = {}): Promise<Ran> {
    return run("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      secondsMax,
    });
  }

  /** Makes an empty stack of the environment. */
  async init(stack: string): Promise<void> {
    await this.must(["stack", "init", stack]);
  }

  /** As `pulumi`, and fails with all it printed where it does not succeed. */
  async must(
    args: string[],
    options: { env?: Record<string, string>; secondsMax?: number } = {},
  ): Promise<Ran> {
    const ran = await this.pulumi(args, options);
    if (ran.code !== 0) throw new Error(`pulumi ${args.join(" ")} exited with ${ran.code}:\n${ran.text}`);
    return ran;
  }

  /** What an update would do, and how long it took to find out. */
  async preview(stack: string, ...args: string[]): Promise<Ran & { steps: Step[] }> {
    const ran = await this.must(["preview", "--stack", stack, "--json", ...args]);
    const plan = JSON.parse(ran.out.slice(ran.out.indexOf("{"))) as { steps?: PreviewStep[] };
    return {
      ...ran,
      steps: (plan.steps ?? []).map(({ op, urn, detailedDiff, diffReasons, newState }) => ({
        ...stepOf(op, urn, detailedDiff ? Object.keys(detailedDiff) : (diffReasons ?? [])),
        inputs: newState?.inputs ?? {},
      })),
    };
  }

  /** Runs `up`, `refresh` or `destroy` without a preview of its own, with what it did to which resource. */
  async apply(
    verb: "up" | "refresh" | "destroy",
    stack: string,
    ...args: string[]
  ): Promise<Ran & { steps: Step[] }> {
    const log = join(this.scratch, `events-${++this.#runs}.json`);
    const ran = await this.pulumi([
      verb,
      "--stack",
      stack,
      "--yes",
      "--skip-preview",
      "--event-log",
      log,
      ...args,
    ]);
    const events = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as EngineEvent);
    return {
      ...ran,
      steps: events.flatMap(({ resOutputsEvent }) => {
        if (!resOutputsEvent) return [];
        const { op, urn, detailedDiff, diffs } = resOutputsEvent.metadata;
        return [stepOf(op, urn, detailedDiff ? Object.keys(detailedDiff) : (diffs ?? []))];
      }),
    };
  }

  /** The state as it is kept, secrets encrypted. */
  async resources(stack: string): Promise<StateResource[]> {
    const { out } = await this.must(["stack", "export", "--stack", stack]);
    const { deployment } = JSON.parse(out) as { deployment: { resources?: StateResource[] } };
    return deployment.resources ?? [];
  }

  /** What the stand-in for Snowflake holds. */
  snowflake(): Contents {
    return JSON.parse(readFileSync(this.#env.FIRN_SNOWFLAKE_ACCOUNT ?? "", "utf8")) as Contents;
  }

  setSnowflake(contents: Contents): void {
    writeFileSync(this.#env.FIRN_SNOWFLAKE_ACCOUNT ?? "", JSON.stringify(contents));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Replaces text in a file of the copy; fails where it is not there, so that no test tests nothing. */
  edit(path: string, from: string | RegExp, to: string): void {
    const before = this.read(path);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${path} does not hold ${from}`);
    this.write(path, after);
  }

  /** Declares one more environment, which is another in all but its name: two stacks of one name share no emulator. */
  addEnvironment(name: string, like: string): void {
    const declared = this.read(`stacks/environments/${like}.ts`);
    this.write(
      `stacks/environments/${name}.ts`,
      declared.replace(`const ${like} =`, `const ${name} =`).replace(`name: "${like}"`, `name: "${name}"`),
    );
    this.edit(
      "stacks/index.ts",
      "import { local }",
      `import { ${name} } from "./environments/${name}.ts";\nimport { local }`,
    );
    this.edit("stacks/index.ts", "const environments = {", `const environments = { ${name},`);
  }

  close(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A copy of the project as git has it, with whatever was not committed yet, and an engine home of its own. */
export async function openProject(env: Record<string, string> = {}): Promise<Project> {
  const scratch = mkdtempSync(join(tmpdir(), "firn-engine-"));
  const folder = join(scratch, "project");
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\0")
    .filter((path) => path !== "" && path !== "node_modules" && isThere(join(root, path)));
  for (const path of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(root, path), join(folder, path), { verbatimSymlinks: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const each of ["state", "home"]) mkdirSync(join(scratch, each));
  writeFileSync(join(scratch, "snowflake.json"), '{ "objects": {}, "history": [] }');
  seedNative(folder);
  const project = new Project(folder, scratch, engineEnv(folder, scratch, env));
  for (const path of files.filter((each) => /^stacks\/environments\/.*\.ts$/.test(each))) {
    project.write(path, project.read(path).replace(/account: "\d{12}"/, `account: "${account}"`));
  }
  return project;
}

/**
 * A few bytes in the place of the DuckDB library that functions carry: each copy would fetch 60 MB, and each emulator
 * would keep them. What an archive holds is the business of the build's own tests.
 */
function seedNative(folder: string): void {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string } | undefined>;
  };
  const version = lock.packages["node_modules/@duckdb/node-bindings-linux-arm64"]?.version;
  const native = join(folder, "dist", ".native", `node-bindings-linux-arm64-${version}`);
  mkdirSync(native, { recursive: true });
  writeFileSync(join(native, "duckdb.node"), "in the place of DuckDB");
}

/** Only what the engine needs: neither this process's credentials nor its stacks. */
function engineEnv(folder: string, scratch: string, env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "", TMPDIR, FIRN_AWS_ENDPOINT = "", FIRN_AWS_ALARMS_ENDPOINT } = process.env;
  const kept = ["TF_PLUGINS", "AWS_TERRAFORM_PROVIDER", "XDG_CACHE_HOME"].filter((name) => process.env[name]);
  return {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
    ...(TMPDIR && { TMPDIR }),
    HOME,
    PATH: [
      join(folder, "node_modules", ".bin"),
      join(folder, "test", "support", "snowflake-provider"),
      PATH,
    ].join(delimiter),
    PULUMI_HOME: join(scratch, "home"),
    PULUMI_BACKEND_URL: `file://${join(scratch, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Makes --event-log known, which tells what an update did to which resource.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NODE_NO_WARNINGS: "1",
    FIRN_SNOWFLAKE_SCHEMA: process.env.FIRN_SNOWFLAKE_SCHEMA ?? "",
    FIRN_SNOWFLAKE_ACCOUNT: join(scratch, "snowflake.json"),
    AWS_ENDPOINT_URL: FIRN_AWS_ENDPOINT,
    AWS_ENDPOINT_URL_CLOUDWATCH: FIRN_AWS_ALARMS_ENDPOINT ?? FIRN_AWS_ENDPOINT,
    AWS_ENDPOINT_URL_SNS: FIRN_AWS_ALARMS_ENDPOINT ?? FIRN_AWS_ENDPOINT,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "eu-west-1",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "2",
    ...env,
  };
}

interface PreviewStep {
  op: string;
  urn: string;
  detailedDiff?: Record<string, unknown> | null;
  diffReasons?: string[];
  newState?: { inputs?: Record<string, unknown> };
}

interface EngineEvent {
  resOutputsEvent?: {
    metadata: {
      op: string;
      urn: string;
      detailedDiff?: Record<string, unknown> | null;
      diffs?: string[] | null;
    };
  };
}

function stepOf(op: string, urn: string, changed: string[]): Step {
  const [, , types = "", ...name] = urn.split("::");
  return { op, urn, type: types.replace(/^.*\$/, ""), name: name.join("::"), changed };
}
