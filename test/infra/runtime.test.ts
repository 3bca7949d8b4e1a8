import assert from "node:assert/strict";
import { loadStacks } from "#stacks";
import { programOf, type Registered } from "./program.ts";

describe("the runtime of an environment, as the program registers it", function () {
  this.timeout(60_000);
  let prod: Registered[];
  let dev: Registered[];
  const of = (resources: Registered[], type: string) => resources.filter((each) => each.type === type);

  before(async () => {
    prod = (await programOf("prod")).resources;
    dev = (await programOf("dev")).resources;
  });

  it("has a state machine for each pipeline and for gold, which log errors without what they were given", () => {
    const machines = of(prod, "aws:sfn/stateMachine:StateMachine");
    const pipelines = loadStacks("prod").teams.flatMap((team) =>
      team.pipelines.map(({ name }) => `${team.name}-${name}-machine`),
    );
    assert.deepEqual(
      machines
        .map(({ name }) => name)
        .filter((name) => !name.endsWith("gold-machine"))
        .sort(),
      pipelines.sort(),
    );
    for (const { inputs } of machines)
      assert.deepEqual(
        { ...(inputs.loggingConfiguration as object), logDestination: "" },
        { includeExecutionData: false, level: "ERROR", logDestination: "" },
      );
  });

  it("publishes each function under the alias of its code, which outlives the next deployment", () => {
    const functions = of(prod, "aws:lambda/function:Function");
    const aliases = of(prod, "aws:lambda/alias:Alias");
    assert.equal(aliases.length, functions.length);
    for (const { inputs, retainOnDelete } of aliases) {
      assert.match(String(inputs.name), /^c[0-9a-f]{12}$/);
      assert.ok(retainOnDelete);
    }
    for (const { inputs } of functions) {
      assert.deepEqual(
        [inputs.runtime, inputs.architectures, inputs.publish],
        ["nodejs24.x", ["arm64"], true],
      );
      assert.equal((inputs.loggingConfig as { logFormat: string }).logFormat, "JSON");
    }
  });

  it("calls in its definitions only aliases that it registers", () => {
    const known = new Set(
      of(prod, "aws:lambda/alias:Alias").map(
        ({ inputs }) => `${String(inputs.functionName)}:${String(inputs.name)}`,
      ),
    );
    for (const { inputs } of of(prod, "aws:sfn/stateMachine:StateMachine"))
      for (const [, called = ""] of String(inputs.definition).matchAll(/:function:([^"]+)"/g))
        assert.ok(known.has(called), called);
  });

  it("keeps every log group as long as the environment says", () => {
    for (const [resources, stack] of [
      [prod, "prod"],
      [dev, "dev"],
    ] as const) {
      const groups = of(resources, "aws:cloudwatch/logGroup:LogGroup");
      const functions =
        of(resources, "aws:lambda/function:Function").length +
        of(resources, "aws:sfn/stateMachine:StateMachine").length;
      assert.equal(groups.length, functions);
      for (const { inputs } of groups)
        assert.equal(inputs.retentionInDays, loadStacks(stack).environment.cloud?.logDays);
    }
  });

  it("encrypts topics, queues and secrets with a customer's key", () => {
    for (const type of ["aws:sns/topic:Topic", "aws:sqs/queue:Queue"])
      for (const { inputs } of of(prod, type))
        assert.equal(inputs.kmsMasterKeyId, "alias/firn-prod-platform");
    for (const { inputs } of of(prod, "aws:secretsmanager/secret:Secret")) assert.ok(inputs.kmsKeyId);
  });

  it("leaves nothing without an end: schedules, rules, subscriptions and asynchronous calls have dead letters", () => {
    for (const { inputs } of of(prod, "aws:scheduler/schedule:Schedule"))
      assert.ok((inputs.target as { deadLetterConfig?: { arn: string } }).deadLetterConfig?.arn);
    for (const { inputs } of of(prod, "aws:cloudwatch/eventTarget:EventTarget"))
      assert.ok((inputs.deadLetterConfig as { arn?: string } | undefined)?.arn);
    for (const { inputs } of of(prod, "aws:sns/topicSubscription:TopicSubscription"))
      if (inputs.protocol === "lambda") assert.match(String(inputs.redrivePolicy), /platform-dead-letters/);
    const queues = of(prod, "aws:sqs/queue:Queue").filter(({ name }) => name.endsWith("-wakeups"));
    assert.ok(
      queues.length > 0 &&
        queues.every(({ inputs }) => String(inputs.redrivePolicy).includes("maxReceiveCount")),
    );
  });

  it("forwards alerts in prod, and has nothing to forward them with in dev", () => {
    const forwards = (resources: Registered[]) =>
      resources.filter(({ name }) => name.startsWith("platform-forward"));
    assert.ok(forwards(prod).length > 0);
    assert.deepEqual(forwards(dev), []);
    const emails = of(dev, "aws:sns/topicSubscription:TopicSubscription").map(
      ({ inputs }) => inputs.protocol,
    );
    assert.deepEqual(new Set(emails), new Set(["email"]));
  });

  it("gives every role the boundary without which it may not be made", () => {
    const roles = of(prod, "aws:iam/role:Role");
    assert.ok(roles.length > 0);
    for (const { inputs } of roles)
      assert.match(String(inputs.permissionsBoundary), /:policy\/firn\w*-prod-boundary$/);
  });

  it("holds no value of a secret: no version of one is registered", () => {
    assert.deepEqual(
      prod.filter(({ type }) => /secretVersion|accessKey/i.test(type)),
      [],
    );
  });
});
