import { delegateToAccount, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import type { Keeping } from "../keeping.ts";
import type { Site } from "../names.ts";

/** A customer-managed KMS key: a dollar a month, another for each rotation (at most two more), and its use. */
export interface KeyPlan {
  /** With its `alias/`; policies know the key by it. */
  alias: string;
  description: string;
  /** Days between the key's deletion and its end, in which it can be brought back; AWS takes 7 to 30. */
  deletionDays: number;
  policy: PolicyDocument;
  keeping: Keeping;
  tags?: Record<string, string>;
}

/**
 * Plans a key whose policy leaves to IAM who in the account may use it.
 *
 * @param uses statements for AWS services that use it in their own name
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
 */
export function planKey(
  site: Site,
  of: Pick<KeyPlan, "alias" | "description" | "keeping" | "tags">,
  uses: readonly Statement[] = [],
): KeyPlan {
  return {
    ...of,
    deletionDays: site.environment.cloud.production ? 30 : 7,
    policy: policyOf(delegateToAccount(site), ...uses),
  };
}
