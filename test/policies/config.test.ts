import assert from "node:assert/strict";
import { loadStacks, requireEnvironment } from "#stacks";
import { configurations, type Exception, problemsWith, settingsOf } from "../../policies/config.ts";
import { environmentOf } from "../../policies/resource.ts";
import type { Rule, Value } from "../../policies/rule.ts";
import { rules } from "../../policies/rules.ts";
import { Registry, shipped } from "./registry.ts";
import { sample } from "./sample.ts";

describe("the policies' configuration", () => {
  it("is right in every environment, and each that is in the cloud has its file", () => {
    for (const [environment, configuration] of Object.entries(configurations)) {
      assert.deepEqual(problemsWith(environment, configuration, rules), []);
      assert.ok(
        loadStacks(requireEnvironment(environment)).environment.cloud,
        `${environment} is not in the cloud`,
      );
    }
    assert.deepEqual(Object.keys(configurations).sort(), ["dev", "large", "prod", "staging"]);
  });

  it("allows no larger warehouse, no shorter logs and no more Time Travel than the environment declares", () => {
    for (const environment of Object.keys(configurations)) {
      const { cloud } = loadStacks(requireEnvironment(environment)).environment;
      const get = (name: string) => settingsOf(environment, ruleOf(name));
      assert.equal(get("warehouse-size").sizeMax, cloud?.warehouseSizeMax, environment);
      assert.ok(Number(get("logs-retained").daysMin) <= (cloud?.logDays ?? 0), environment);
      assert.ok(Number(get("logs-retained").daysMax) >= (cloud?.logDays ?? 0), environment);
      assert.equal(get("data-protected").required, cloud?.production, environment);
      assert.equal(get("data-not-forced").required, cloud?.production, environment);
      assert.equal(get("alarm-per-pipeline").required, cloud?.alarms, environment);
      if (cloud?.snowflake.edition === "standard") {
        assert.equal(get("time-travel-bounded").daysMax, 1, environment);
        assert.equal(get("warehouse-clusters").clustersMax, 1, environment);
      }
    }
  });

  it("refuses a rule that there is not, a setting it has not, and a value of another kind", () => {
    const problems = (configuration: unknown) => problemsWith("dev", configuration, rules);
    for (const [configuration, expected] of [
      [{ settings: { "bucket-encryptd": {} } }, "sets bucket-encryptd, which is no rule"],
      [
        { settings: { "key-deletion-waits": { days: 7 } } },
        "sets key-deletion-waits.days, which the rule does not",
      ],
      [{ settings: { "key-deletion-waits": { daysMin: "7" } } }, "is a string, and must be a number"],
      [{ settings: { "function-runtime": { runtimes: [24] } } }, "is a list, and must be a list of strings"],
      [{ setings: {} }, 'has "setings"; it may have settings and exceptions'],
      [{ exceptions: [{ rule: "x", type: "t", name: "n", reason: "r" }] }, "names x, which is no rule"],
      [{ exceptions: [{ rule: "key-rotates", type: "t", name: "n" }] }, "has no reason"],
      [{ exceptions: {} }, "exceptions is no list"],
      [[], "is not an object"],
    ] as const) {
      assert.ok(
        problems(configuration).some((problem) => problem.includes(expected)),
        `${expected}: ${problems(configuration).join()}`,
      );
    }
  });

  it("holds a stack that has no file to what production is held to", () => {
    for (const rule of rules) {
      const production = Object.entries(rule.settings).map(([key, setting]) => [key, setting.default]);
      assert.deepEqual(settingsOf("somebody-else", rule), Object.fromEntries(production));
    }
  });

  it("is taken by the stack's name", () => {
    assert.equal(environmentOf("urn:pulumi:staging::firn::aws:kms/key:Key::a"), "staging");
  });

  it("leaves alone one resource of one rule, and no other", async () => {
    const registry = new Registry(await shipped("prod"));
    const keys = registry.all.filter(({ type }) => type === "aws:kms/key:Key");
    for (const { props } of keys) props.enableKeyRotation = false;
    const before = registry.findings();
    const name = keys[0]?.name ?? "";
    const exception = { rule: "key-rotates", type: "aws:kms/key:Key", name, reason: "A test." };
    const configuration = configurations.prod ?? {};
    configuration.exceptions = [exception];
    try {
      assert.deepEqual(
        registry.findings(),
        before.filter((each) => each.name !== name),
      );
    } finally {
      delete configuration.exceptions;
    }
  });

  it("has no exception that nothing needs", async () => {
    const invented = {
      rule: "key-rotates",
      type: "aws:kms/key:Key",
      name: "platform-key",
      reason: "A test.",
    };
    assert.deepEqual(await needless("prod", [invented]), [invented]);
    for (const [environment, { exceptions = [] }] of Object.entries(configurations)) {
      if (exceptions.length > 0) assert.deepEqual(await needless(environment, exceptions), [], environment);
    }
  });

  it("has no setting that its rule does not read", () => {
    const resources = new Registry(sample).resources();
    for (const { name, types, settings, check } of rules) {
      const read = new Set<string>();
      const watched = new Proxy(Object.fromEntries(Object.keys(settings).map((key) => [key, ""])), {
        get: (_, key) => {
          read.add(String(key));
          return settings[String(key)]?.default;
        },
      }) as Record<string, Value>;
      for (const resource of resources) {
        if (types !== "all" && !types.includes(resource.type)) continue;
        check(resource, { settings: watched, stack: { resources }, report: () => {} });
      }
      assert.deepEqual([...read].sort(), Object.keys(settings).sort(), name);
    }
  });
});

function ruleOf(name: string): Rule {
  const found = rules.find((each) => each.name === name);
  assert.ok(found, `${name} is no rule`);
  return found;
}

/** Exceptions of resources in which their rules find nothing. */
async function needless(environment: string, exceptions: readonly Exception[]): Promise<Exception[]> {
  const configuration = configurations[environment] ?? {};
  const configured = configuration.exceptions;
  delete configuration.exceptions;
  const plain = await shipped(environment);
  const found = new Registry(plain).findings();
  if (configured) configuration.exceptions = configured;
  return exceptions.filter(
    ({ rule, name }) => !found.some((each) => each.rule === rule && each.name === name),
  );
}
