/** Wrong arguments in our own program, one at a time, and what Terraform's AWS provider says of each. */
import assert from "node:assert/strict";
import { givenProject } from "./life.ts";

interface Wrong {
  what: string;
  /** The first resource of the type gets the value in the place, `a.0.b`. */
  type: string;
  path: string;
  value: unknown;
  /** In the provider's own words. */
  says: RegExp;
}

const wrong: Wrong[] = [
  {
    what: "a bucket whose name has capitals",
    type: "aws:s3/bucket:Bucket",
    path: "bucket",
    value: "Firn_Raw",
    says: /only lowercase alphanumeric characters and hyphens allowed|invalid/,
  },
  {
    what: "a bucket policy that is no JSON",
    type: "aws:s3/bucketPolicy:BucketPolicy",
    path: "policy",
    value: "{ not json",
    says: /invalid JSON/,
  },
  {
    what: "a storage class that S3 does not have",
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    path: "rules.0.transitions",
    value: [{ days: 30, storageClass: "COLD" }],
    says: /Valid Values: \[GLACIER STANDARD_IA|must be one of/,
  },
  {
    what: "a state of versioning that S3 does not have",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    path: "versioningConfiguration.status",
    value: "On",
    says: /expected versioning_configuration.0.status to be one of/,
  },
  {
    what: "an encryption that S3 does not have",
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    path: "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
    value: "rot13",
    says: /sse_algorithm to be one of/,
  },
  {
    what: "a key that is deleted sooner than KMS allows",
    type: "aws:kms/key:Key",
    path: "deletionWindowInDays",
    value: 3,
    says: /expected deletion_window_in_days to be in the range \(7 - 30\)/,
  },
  {
    what: "an alias that does not begin as one",
    type: "aws:kms/alias:Alias",
    path: "name",
    value: "firn",
    says: /must begin with 'alias\/'/,
  },
  {
    what: "a secret's container that is kept longer than Secrets Manager allows",
    type: "aws:secretsmanager/secret:Secret",
    path: "recoveryWindowInDays",
    value: 90,
    says: /expected recovery_window_in_days to be/,
  },
  {
    what: "logs kept for days that CloudWatch does not offer",
    type: "aws:cloudwatch/logGroup:LogGroup",
    path: "retentionInDays",
    value: 8,
    says: /expected retention_in_days to be one of/,
  },
  {
    what: "a role whose trust is no JSON",
    type: "aws:iam/role:Role",
    path: "assumeRolePolicy",
    value: "{ not json",
    says: /invalid JSON/,
  },
  {
    what: "a function that runs longer than Lambda allows",
    type: "aws:lambda/function:Function",
    path: "timeout",
    value: 901,
    says: /expected timeout to be/,
  },
  {
    what: "a function with less memory than Lambda has",
    type: "aws:lambda/function:Function",
    path: "memorySize",
    value: 64,
    says: /expected memory_size to be/,
  },
  {
    what: "a state machine that starts nowhere",
    type: "aws:sfn/stateMachine:StateMachine",
    path: "definition",
    value: '{ "StartAt": "Gone", "States": {} }',
    says: /StartAt "Gone" is not a state/,
  },
  {
    what: "a schedule in words",
    type: "aws:scheduler/schedule:Schedule",
    path: "scheduleExpression",
    value: "every hour",
    says: /would refuse "every hour"/,
  },
  {
    what: "a queue that keeps messages longer than SQS does",
    type: "aws:sqs/queue:Queue",
    path: "messageRetentionSeconds",
    value: 2_000_000,
    says: /expected message_retention_seconds to be in the range/,
  },
  {
    what: "an alarm with an operator that CloudWatch does not know",
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    path: "comparisonOperator",
    value: "MoreThan",
    says: /expected comparison_operator to be one of/,
  },
];

/** In the copy, before the program: changes one argument of one resource. */
const changing = `
import * as pulumi from "@pulumi/pulumi";
const { type, name, path, value } = JSON.parse(process.env.FIRN_TEST_WRONG ?? "{}");
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

describe("a wrong argument, before anything is made", () => {
  const life = givenProject("staging");

  it("has a program to be wrong in", async () => {
    life.project.write("infra/wrong.ts", changing);
    life.project.edit(
      "infra/main.js",
      'await import("./index.ts")',
      'await import("./wrong.ts").then(() => import("./index.ts"))',
    );
    await life.project.must(["config", "set", "--stack", life.stack, "--path", "firn:only[0]", "commerce"]);
    const { steps } = await life.project.preview(life.stack);
    life.planned = steps;
    assert.ok(wrong.filter(({ type }) => steps.some((step) => step.type === type)).length >= 10);
  });

  for (const { what, type, path, value, says } of wrong) {
    it(`is refused in the provider's own words: ${what}`, async () => {
      assert.ok(
        life.planned.some((step) => step.type === type),
        `the program has no ${type}`,
      );
      const { code, text } = await life.project.pulumi(["preview", "--stack", life.stack], {
        env: { FIRN_TEST_WRONG: JSON.stringify({ type, path, value }) },
      });
      assert.notEqual(code, 0, text.slice(-3_000));
      const errors = text.split("\n").filter((line) => /error|\[ERROR\]/i.test(line));
      assert.match(errors.join("\n"), says);
    });
  }
});
