import assert from "node:assert/strict";
import { FirnError } from "#core/errors";
import { parseStacks } from "#firn";
import { prod } from "../../stacks/environments/prod.ts";
import { commerce } from "../../stacks/teams/commerce/team.ts";

type Json = Record<string, unknown>;

/** The problems told of production with some words of it changed, by path; none where it is right. */
function problems(changes: Record<string, unknown>, team: unknown = commerce): string[] {
  const environment = structuredClone(prod) as unknown as Json;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(".");
    const last = steps.pop() as string;
    const at = steps.reduce((within, step) => within[step] as Json, environment);
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  try {
    parseStacks({ environment, teams: [team] });
    return [];
  } catch (error) {
    assert.ok(error instanceof FirnError);
    assert.equal(error.code, "declare.invalid");
    return error.what
      .split("\n  - ")
      .slice(1)
      .map((line) => line.trim());
  }
}

describe("an environment of the cloud", () => {
  it("is taken when it is right", () => assert.deepEqual(problems({}), []));

  const refusals: [of: string, changes: Record<string, unknown>, told: RegExp][] = [
    [
      "a source on this machine",
      { "connections.learning_platform": "http://127.0.0.1:4310" },
      /no address of the cloud/,
    ],
    [
      "a source by plain http",
      { "connections.learning_platform": "http://api.example.com" },
      /no address of the cloud/,
    ],
    [
      "an https address of this machine",
      { "connections.learning_platform": "https://localhost:1" },
      /no address of the cloud/,
    ],
    ["a source's folder on a disk", { "connections.orders_inbox": ".firn/inbox/orders" }, /inbox:<folder>/],
    ["an inbox folder without its slash", { "connections.orders_inbox": "inbox:orders" }, /inbox:<folder>/],
    ["stages longer than a function runs", { stageSecondsMax: 901 }, /Lambda function runs 900 s/],
    ["an account that is no account", { "cloud.account": "12345" }, /12 digits/],
    ["a missing account", { "cloud.account": undefined }, /prod\.cloud\.account/],
    ["a missing region", { "cloud.region": undefined }, /prod\.cloud\.region/],
    ["a word it does not know", { "cloud.regions": ["eu-west-1"] }, /regions/],
    [
      "Time Travel of raw beyond what a transient table has",
      { "cloud.timeTravelDays.raw": 90 },
      /timeTravelDays\.raw/,
    ],
    ["Time Travel beyond 90 days", { "cloud.timeTravelDays.gold": 91 }, /timeTravelDays\.gold/],
    [
      "Time Travel that the edition does not have",
      { "cloud.snowflake.edition": "standard" },
      /timeTravelDays\.silver: is 30, but edition standard keeps a day/,
    ],
    [
      "bronze kept shorter than Time Travel",
      { "cloud.lake.rawDays": 20, "cloud.lake.rawColdAfterDays": 30 },
      /shorter than the 30 days of Time Travel of silver/,
    ],
    ["bronze that ends before it is cold", { "cloud.lake.rawDays": 90 }, /before raw would become cold/],
    ["a lock longer than bronze is kept", { "cloud.lake.lockDays": 3_000 }, /longer than rawDays/],
    ["log days that CloudWatch does not have", { "cloud.logDays": 91 }, /logDays/],
    ["an e-mail address that is none", { "cloud.alerts.email": ["data-platform"] }, /alerts\.email/],
    ["sign-in addresses that are none", { "cloud.snowflake.egress": ["10.0.0.0/33"] }, /egress/],
    [
      "fewer clusters at most than at least",
      { "cloud.warehouses": { bi: { clustersMin: 3, clustersMax: 2 } } },
      /clustersMax/,
    ],
  ];
  for (const [of, changes, told] of refusals) {
    it(`refuses ${of}`, () => {
      const found = problems(changes);
      assert.ok(
        found.some((line) => told.test(line)),
        `told: ${found.join(" | ")}`,
      );
    });
  }

  it("tells every problem at once", () =>
    assert.equal(
      problems({ "cloud.account": "1", "cloud.region": "here", stageSecondsMax: 1_000_000 }).length >= 2,
      true,
    ));
});

describe("a team in the cloud", () => {
  const refusals: [of: string, changes: Json, told: RegExp][] = [
    ["a budget of 0", { budget: { creditsPerMonth: 0 } }, /creditsPerMonth/],
    [
      "a schedule in no time zone",
      { pipelines: [{ ...commerce.pipelines[0], schedule: { everyMinutes: 60, timeZone: "Mars/Base" } }] },
      /IANA/,
    ],
    [
      "a reader that is no role",
      { readers: { bi: "arn:aws:iam::111111111111:user/tableau" } },
      /ARN of an IAM role/,
    ],
    ["models on a warehouse it does not have", { modelsOn: "backfill" }, /modelsOn/],
    [
      "an adopted bucket with no bucket's name",
      { adopt: { prod: { buckets: { raw: "Raw_Bucket" } } } },
      /adopt/,
    ],
  ];
  for (const [of, changes, told] of refusals) {
    it(`is refused with ${of}`, () => {
      const found = problems({}, { ...commerce, ...changes });
      assert.ok(
        found.some((line) => told.test(line)),
        `told: ${found.join(" | ")}`,
      );
    });
  }

  it("is refused when its models run on a warehouse that neither it nor the environment declares", () => {
    assert.match(
      problems({}, { ...commerce, modelsOn: "transform" }).join(),
      /modelsOn: .*no warehouse "transform"/,
    );
    assert.deepEqual(
      problems({ "cloud.warehouses": { transform: {} } }, { ...commerce, modelsOn: "transform" }),
      [],
    );
  });
  it("is refused when it reads on a warehouse that there is not", () => {
    const readers = { data_science: "arn:aws:iam::111111111111:role/notebooks" };
    assert.match(problems({}, { ...commerce, readers }).join(), /readers\.data_science: .*no warehouse/);
  });
  it("is refused where an adoption names an environment that is not this one's kind of name", () => {
    assert.match(problems({}, { ...commerce, adopt: { "no env": {} } }).join(), /adopt/);
  });
});
