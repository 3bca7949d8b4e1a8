/** Wrong arguments in our own program, one at a time, and what Terraform's AWS provider says of each. */
import assert from "node:assert/strict";
import { changeArgument } from "./changing.ts";
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
    what: "an owner of objects that S3 does not know",
    type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    path: "rule.objectOwnership",
    value: "Anyone",
    says: /expected object_ownership to be one of/,
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
    says: /Invalid String Enum Value/,
  },
  {
    what: "a state of versioning that S3 does not have",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    path: "versioningConfiguration.status",
    value: "On",
    says: /expected versioning_configuration.0.status to be one of/,
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

describe("a wrong argument, before anything is made", () => {
  const life = givenProject("staging");

  it("has a program to be wrong in", async () => {
    await life.project.must(["config", "set", "--stack", life.stack, "--path", "firn:only[0]", "commerce"]);
    const { steps } = await life.project.preview(life.stack);
    life.planned = steps;
    assert.ok(wrong.filter(({ type }) => steps.some((step) => step.type === type)).length >= 10);
  });

  for (const { what, type, path, value, says } of wrong) {
    it(`is refused in the provider's own words: ${what}`, async () => {
      const step = life.planned.find((each) => each.type === type);
      assert.ok(step, `the program has no ${type}`);
      changeArgument(life.project, { type, name: step.name, path, value });
      const { code, text } = await life.project.pulumi([
        "preview",
        "--stack",
        life.stack,
        "--target",
        step.urn,
      ]);
      assert.notEqual(code, 0, text.slice(-3_000));
      const errors = text.split("\n").filter((line) => /error|\[ERROR\]/i.test(line));
      assert.match(errors.join("\n"), says);
    });
  }
});
