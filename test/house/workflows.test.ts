import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { planBootstrap } from "#infra/bootstrap/plan";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import { planSignIn } from "../../.github/actions/sign-in/snowflake.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, ".github", "workflows");

/** Environments of the cloud that nobody deploys, with the reason. */
const examples: Record<string, string> = { large: "shows what a large one declares" };

/** GitHub's own way to write it, which is no template of ours. */
const matrix = ["$", "{{ matrix.environment }}"].join("");

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  permissions?: Record<string, string>;
  environment?: string;
  if?: string;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  strategy?: { matrix: { environment?: string[] } };
  steps: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  defaults?: { run?: { shell?: string } };
  jobs: Record<string, Job>;
}

describe("the workflows", () => {
  const files = readdirSync(folder).filter((each) => each.endsWith(".yml"));
  const text = (file: string) => readFileSync(join(folder, file), "utf8");
  const workflows = Object.fromEntries(files.map((file) => [file, parse(text(file)) as Workflow]));
  const action = parse(readFileSync(join(root, ".github/actions/sign-in/action.yml"), "utf8")) as {
    inputs: Record<string, unknown>;
    runs: { steps: Step[] };
  };
  const signingIn = Object.entries(workflows).flatMap(([file, { jobs }]) =>
    Object.values(jobs).flatMap((job) =>
      job.steps
        .filter(({ uses }) => uses === "./.github/actions/sign-in")
        .map((step) => ({ file, job, step })),
    ),
  );

  it("are the pull request's, the deployment's and the nightly look for drift", () => {
    assert.deepEqual(files.sort(), ["deploy.yml", "drift.yml", "pull-request.yml"]);
    assert.equal(signingIn.length, 3);
  });

  for (const [file, workflow] of Object.entries(workflows)) {
    it(`take actions of others by their commit alone: ${file}`, () => {
      const used = Object.values(workflow.jobs)
        .flatMap(({ steps }) => steps)
        .concat(action.runs.steps)
        .flatMap(({ uses }) => uses ?? []);
      assert.ok(used.length > 0);
      for (const each of used) {
        if (!each.startsWith("./")) assert.match(each, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
        else assert.ok(existsSync(join(root, each, "action.yml")), each);
      }
      // What the commit is stands beside it, for people and for the bots that renew it.
      for (const line of text(file)
        .split("\n")
        .filter((each) => each.includes("uses: ") && !each.includes("./"))) {
        assert.match(line, / # v\d+\.\d+\.\d+$/);
      }
    });

    it(`give each job what it needs and not more, and leave no token beside the code: ${file}`, () => {
      assert.deepEqual(workflow.permissions, { contents: "read" });
      const allowed = {
        contents: ["read"],
        "id-token": ["write"],
        "pull-requests": ["write"],
        issues: ["write"],
      };
      for (const [name, { permissions, steps }] of Object.entries(workflow.jobs)) {
        assert.ok(permissions, name);
        for (const [scope, access] of Object.entries(permissions)) {
          assert.ok(allowed[scope as keyof typeof allowed]?.includes(access), `${name}: ${scope}`);
        }
        const signsIn = steps.some(({ uses }) => uses === "./.github/actions/sign-in");
        assert.equal(permissions["id-token"], signsIn ? "write" : undefined, name);
        for (const { uses, with: given } of steps) {
          if (uses?.startsWith("actions/checkout@")) assert.equal(given?.["persist-credentials"], false);
        }
      }
    });

    it(`store no secret, and put what an event says into no script: ${file}`, () => {
      assert.doesNotMatch(text(file), /\bsecrets\./);
      const scripts = Object.values(workflow.jobs)
        .flatMap(({ steps }) => steps)
        .concat(action.runs.steps)
        .flatMap(({ run }) => run ?? []);
      assert.deepEqual(
        scripts.filter((each) => each.includes("${{")),
        [],
      );
      assert.equal(workflow.defaults?.run?.shell, "bash", "it alone has pipefail");
      assert.ok(!("pull_request_target" in workflow.on));
    });

    it(`call scripts that package.json has: ${file}`, () => {
      const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
        scripts: Record<string, string>;
      };
      const called = [...text(file).matchAll(/npm run (?:-s )?([\w:]+)(?! --if-present)\b/g)]
        .filter(([, name]) => name !== "build")
        .map(([, name = ""]) => name);
      assert.deepEqual(
        called.filter((name) => scripts[name] === undefined),
        [],
      );
    });
  }

  it("preview, deploy and compare every environment that has a cloud", () => {
    const { message } = refusal();
    const known = /Choose one of ([\w, ]+), or/.exec(message)?.[1]?.split(", ") ?? [];
    const cloud = known
      .filter((name) => loadStacks(requireEnvironment(name)).environment.cloud)
      .filter((name) => examples[name] === undefined);
    assert.ok(cloud.length >= 3);
    for (const { file, job, step } of signingIn) {
      assert.deepEqual(job.strategy?.matrix.environment, cloud, file);
      assert.equal(step.with?.environment, matrix, file);
    }
    for (const name of known.filter((each) => each !== "local")) {
      assert.ok(existsSync(join(root, "stacks", `Pulumi.${name}.yaml`)), name);
    }
  });

  it("deploy only where the environment is approved, and one deployment at a time", () => {
    for (const { file, job, step } of signingIn) {
      const deploys = step.with?.role === "deploy";
      assert.equal(deploys, file === "deploy.yml");
      // GitHub puts the job's environment into the token that the role trusts.
      assert.equal(job.environment, deploys ? matrix : undefined);
      const commands = job.steps.flatMap(({ run }) => /pulumi -- (\w+)/.exec(run ?? "")?.[1] ?? []);
      assert.deepEqual(
        commands,
        {
          "deploy.yml": ["preview", "up"],
          "drift.yml": ["refresh", "preview"],
          "pull-request.yml": ["preview"],
        }[file],
      );
      if (deploys) {
        assert.deepEqual(job.concurrency, {
          group: `deploy-${matrix}`,
          "cancel-in-progress": false,
        });
      } else assert.ok(!job.steps.some(({ run }) => / (up|destroy|import) /.test(run ?? "")));
    }
  });

  it("sign in by what the declarations say, as the action reads it", () => {
    const stacks = loadStacks("dev");
    const { signIn } = planBootstrap(requireSite(stacks), stacks.teams);
    const read = [...JSON.stringify(action).matchAll(/steps\.declared\.outputs\.(\w+)/g)].map(
      ([, key = ""]) => key,
    );
    assert.ok(read.length > 5);
    assert.deepEqual(
      read.filter((key) => !(key in signIn)),
      [],
    );
  });

  function refusal(): Error {
    try {
      requireEnvironment("?");
    } catch (error) {
      return error as Error;
    }
    return assert.fail("an unknown environment is refused");
  }
});

describe("signing in to Snowflake from a workflow", () => {
  const options = { account: "EXAMPLE-FIRN_DEV", user: "DEV_FIRN_DEPLOY", run: "12_1_DEPLOY" };

  it("registers one key pair for each role, which ends in a day, and keeps its other half on the machine", () => {
    const { statements, profiles } = planSignIn({ ...options, roles: ["FIRN_DEPLOYER", "ACCOUNTADMIN"] });
    assert.deepEqual(
      statements.map((each) => each.replace(/'[\w+/=]{300,}'/, "'KEY'")),
      ["FIRN_DEPLOYER", "ACCOUNTADMIN"].map(
        (role) =>
          `ALTER USER ADD KEY PAIR RUN_12_1_DEPLOY_${role} PUBLIC_KEY = 'KEY' ROLE_RESTRICTION = '${role}' DAYS_TO_EXPIRY = 1`,
      ),
    );
    const privateKeys = [...profiles.matchAll(/privatekey = '''([^']+)'''/g)].map(([, pem = ""]) => pem);
    assert.deepEqual(
      privateKeys.map((pem) =>
        createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "der" }).toString("base64"),
      ),
      statements.map((each) => /PUBLIC_KEY = '([^']+)'/.exec(each)?.[1]),
    );
    assert.match(
      profiles,
      /^\[firn\]\norganizationname = 'EXAMPLE'\naccountname = 'FIRN_DEV'\nuser = 'DEV_FIRN_DEPLOY'\nrole = 'FIRN_DEPLOYER'$/m,
    );
    assert.match(profiles, /^\[firn_admin\][\s\S]*role = 'ACCOUNTADMIN'/m);
    assert.ok(!statements.join().includes("PRIVATE"));
  });

  it("gives a preview one key, of the role that may do nothing, for both profiles", () => {
    const { statements, profiles } = planSignIn({ ...options, roles: ["FIRN_PREVIEWER", "FIRN_PREVIEWER"] });
    assert.equal(statements.length, 1);
    assert.deepEqual(
      [...profiles.matchAll(/role = '(\w+)'/g)].map(([, role]) => role),
      ["FIRN_PREVIEWER", "FIRN_PREVIEWER"],
    );
  });

  it("refuses what is no name, before it becomes part of a statement", () => {
    assert.throws(() => planSignIn({ ...options, roles: ["X'; DROP"] }), /no name/);
    assert.throws(() => planSignIn({ ...options, run: "1;", roles: ["FIRN_DEPLOYER"] }), /no name/);
  });
});
