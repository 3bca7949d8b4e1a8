/** The AWS roles that a team's functions sign in to Snowflake as. Pure. */
import type { Workload } from "#firn";
import { type PolicyDocument, policyOf } from "../iam.ts";
import { arn, permissionsBoundary } from "../names.ts";
import { type FunctionName, roleArn, type Scope, signInOf } from "../scope.ts";

export interface IdentityPlan {
  workload: Workload;
  role: string;
  /** Functions that may take it. */
  functions: FunctionName[];
  trust: PolicyDocument;
  boundary: string;
}

/**
 * A role for each workload that signs in, which may do nothing in AWS: it is a name that Snowflake believes. With a key
 * pair there is none.
 *
 * Functions are named in a condition, not as principals: AWS refuses principals that are not there yet, and forgets those
 * that are made anew. The account as principal gives nobody the role by itself; a function's own policy has to allow it.
 *
 * @see https://docs.snowflake.com/en/user-guide/workload-identity-federation
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
export function planIdentities(scope: Scope): IdentityPlan[] {
  const { team, names } = scope;
  if (team.signIn === "key_pair") return [];
  const signIn = Object.entries(signInOf(team)) as [FunctionName, Workload][];
  return (Object.entries(names.identities) as [Workload, string][]).map(([workload, role]) => {
    const functions = signIn.filter(([, each]) => each === workload).map(([name]) => name);
    return {
      workload,
      role,
      functions,
      boundary: permissionsBoundary(scope),
      trust: policyOf({
        Sid: "TrustFunctions",
        Effect: "Allow",
        Principal: { AWS: arn(scope, "iam", "root") },
        Action: ["sts:AssumeRole"],
        Condition: {
          ArnEquals: { "aws:PrincipalArn": functions.map((each) => roleArn(scope, names.roles[each])) },
        },
      }),
    };
  });
}
