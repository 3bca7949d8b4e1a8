import {
  conditionedOn,
  identityDocuments,
  identityTypes,
  type Statement,
  statementsOf,
} from "../documents.ts";
import { rule } from "../rule.ts";

/** Wildcards for what AWS lets nobody name: versions, streams, executions, a secret's last six characters, objects. */
const forms = [
  /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+:\*$/,
  /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-\?{6}$/,
  /^arn:aws[\w-]*:s3:::[a-z0-9.-]+\/[^?]*\*$/,
  /^arn:aws[\w-]*:logs:[\w-]+:\d{12}:log-group:[\w/.#-]+:(log-stream:)?\*$/,
  /^arn:aws[\w-]*:states:[\w-]+:\d{12}:(execution|express):[\w-]+:\*$/,
];
/** A key has no name: the condition leaves the one that bears the alias. */
const keys = /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/\*$/;

export default rule({
  name: "iam-no-wildcard-resource",
  claim: "A policy allows actions on resources by their names.",
  severity: "high",
  why: "A wildcard reaches what another team has, and what is made tomorrow.",
  fix: "Render the ARN from the resource's name; for a key, name its alias in kms:ResourceAliases.",
  provision: {
    source: "AWS Well-Architected SEC03-BP02",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html",
  },
  settings: {
    unscoped: {
      default: [
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
      ],
      about: "Actions for which AWS knows no resource.",
    },
    metrics: {
      default: ["cloudwatch:PutMetricData"],
      about: "Actions without a resource, allowed for one namespace (cloudwatch:namespace).",
    },
  },
  types: [...identityTypes, "aws:iam/role:Role"],
  sees: "resource",
  check(resource, { report, settings }) {
    for (const statement of statementsOf(identityDocuments(resource))) {
      if (statement.effect === "Deny") continue;
      for (const each of statement.resources.filter((arn) => /[*?]/.test(arn))) {
        if (!isAllowed(each, statement)) report(`statement ${statement.sid} allows on ${each}.`);
      }
    }

    function isAllowed(arn: string, statement: Statement): boolean {
      if (arn === "*") {
        return (
          statement.actions.every((each) => settings.unscoped.includes(each)) ||
          (statement.actions.every((each) => settings.metrics.includes(each)) &&
            conditionedOn(statement, "cloudwatch:namespace"))
        );
      }
      if (keys.test(arn)) return conditionedOn(statement, "kms:ResourceAliases");
      return forms.some((form) => form.test(arn));
    }
  },
});
