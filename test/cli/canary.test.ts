import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSearch } from "../support/canary.ts";
import { type Answer, answer, serve } from "../support/sources/server.ts";
import { binary, type Ended, openBench } from "./support.ts";

const token = 'tk-canary/9d2c"q\\uote&+77ab==';
const piiKey = "pii-key-canary-51ce90aa";
const learner = 'learner-canary "ü"/8f31';
const search = openSearch({ token, "PII key": piiKey, learner });

const activity = (id: number, learner_id: string) =>
  JSON.stringify({
    activity_id: id,
    learner_id,
    site_id: 7,
    module: "AAA",
    presentation: "2013J",
    activity_type: "quiz",
    clicks: 3,
    occurred_on: "2013-10-01",
    status: "recorded",
    updated_at: "2013-10-01T00:00:00Z",
  });
/** Good ones, so that the batch is promoted; and broken ones with the learner in them. */
const page = `[${[
  ...Array.from({ length: 60 }, (_, at) => activity(at + 1, `${learner} ${at}`)),
  activity(61, learner).replace("7,", "7 "),
  activity(62, learner).replace("}", ',"Learner_Id":"other"}'),
].join(",")}]`;
const echo =
  (status: number): Answer =>
  (response, { headers }) => {
    response.writeHead(status, { "content-type": "text/html", "www-authenticate": `Bearer ${token}` });
    response.end(`<html>${JSON.stringify(headers)} ${token} ${learner}</html>`);
  };

describe("secrets and personal data on the command line", function () {
  this.timeout(60_000);
  let bench: ReturnType<typeof openBench>;
  let source: Awaited<ReturnType<typeof serve>>;
  let answers: Answer = () => {};
  let asked: () => void = () => {};
  const printed: (Ended & { command: string })[] = [];
  before(async () => {
    bench = openBench();
    source = await serve((response, request) => {
      asked();
      answers(response, request);
    });
  });
  after(async () => {
    bench.close();
    await source.close();
  });
  const variables = () => ({
    FIRN_NOW: "2013-11-15T06:00:00Z",
    FIRN_CONNECTION_LEARNING_PLATFORM: source.address,
    FIRN_SECRET_LEARNING_PLATFORM_TOKEN: token,
    FIRN_SECRET_LEARNING_PII_KEY: piiKey,
  });
  const firn = async (...args: string[]) => {
    const ended = await bench.firnWith(variables(), "--debug", ...args);
    printed.push({ ...ended, command: args.join(" ") });
    return ended;
  };

  it("are printed by no command, with --debug and --json, and left in no file, after failures and a kill", async () => {
    answers = echo(401);
    assert.equal((await firn("run", "learner_activity")).code, 2);
    answers = echo(200);
    assert.equal((await firn("--json", "run", "learner_activity")).code, 1);
    answers = () => {};
    await killWhenAsked("--debug", "run", "learner_activity");
    answers = answer(page);
    assert.equal((await firn("run", "learner_activity")).code, 0, JSON.stringify(printed.at(-1)));
    for (const command of [
      ["quarantine", "list"],
      ["quarantine", "show", "learner_activity", "--reveal"],
      ["replay", "learner_activity", "--batch", "1"],
      ["sql", "FROM learning.silver.learner_activity"],
      ["sql", "FROM learning.raw.nothing"],
      ["--json", "status"],
    ])
      await firn(...command);
    const revealed = printed.find(({ command }) => command.endsWith("--reveal"));
    assert.match(
      revealed?.stdout ?? "",
      /withheld because the pipeline declares PII/,
      "the broken row is there",
    );
    const found = [
      ...printed.flatMap(({ command, stdout, stderr }) => search.text(`firn ${command}`, stdout + stderr)),
      ...(await search.opened(bench.world)),
    ];
    assert.deepEqual(found, []);
  });

  /** Kills the process, as a machine that goes away, once the source has got its request. */
  async function killWhenAsked(...args: string[]): Promise<void> {
    const request = new Promise<void>((done) => {
      asked = done;
    });
    const child = spawn(process.execPath, [binary, "--dir", bench.world, ...args], {
      cwd: bench.folder,
      env: { ...process.env, ...variables() },
    });
    const ended: Ended & { command: string } = { code: null, stdout: "", stderr: "", command: "run, killed" };
    child.stdout.on("data", (chunk: Buffer) => (ended.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (ended.stderr += chunk.toString()));
    await request;
    child.kill("SIGKILL");
    await once(child, "close");
    printed.push(ended);
  }
});
