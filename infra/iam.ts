/** IAM policy documents as plain data: what planners give, and what tests and policies read. Pure. */
import { arn, type Site } from "./names.ts";

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface Statement {
  /** What the statement is for, in letters and digits. Distinct within a document. */
  Sid: string;
  Effect: "Allow" | "Deny";
  /** Only in policies of resources, where `"*"` with a condition means whoever meets it. */
  Principal?: "*" | { AWS: string | string[] } | { Service: string | string[] } | { Federated: string };
  Action: string[];
  /** ARNs. In a trust policy absent: it is about the role it belongs to. */
  Resource?: string[];
  /** Conditions by operator and key; all of them hold. */
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A policy of a role, a bucket, a key, a queue, a topic or a secret. */
export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** What the Pulumi property that takes a policy takes: its JSON, with one order of fields. */
export function policyJson(document: PolicyDocument): string {
  return JSON.stringify(document);
}

export function policyOf(...statements: Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** Allows actions on resources: the statement of a role's own policy. */
export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement["Condition"],
): Statement {
  return {
    Sid,
    Effect: "Allow",
    Action: [...Action],
    Resource: [...Resource],
    ...(Condition && { Condition }),
  };
}

/**
 * Lets an AWS service take a role, but only for what this account has: otherwise a stranger's resource could make
 * the service act for us (the confused deputy).
 *
 * @param sourceArn the one resource of ours the service acts for, where its ARN is known by name
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function trustService(site: Site, service: string, sourceArn?: string): PolicyDocument {
  return policyOf({
    Sid: "TrustService",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    Condition: {
      StringEquals: { "aws:SourceAccount": site.environment.cloud.account },
      ...(sourceArn && { ArnLike: { "aws:SourceArn": sourceArn } }),
    },
  });
}

/**
 * Trust for Lambda functions. Lambda's sign-in to a function's own role carries no source, so none is asked for:
 * it takes a role only for a function of the role's account.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
export function trustLambda(): PolicyDocument {
  return policyOf({
    Sid: "TrustService",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: ["sts:AssumeRole"],
  });
}

/** What S3, Secrets Manager and SQS need of a key in the hands of whom they act for: to read, or to write too. */
export const keyUse = {
  read: ["kms:Decrypt"],
  write: ["kms:Decrypt", "kms:GenerateDataKey"],
} as const;

/**
 * Allows the use of a key by its alias.
 *
 * A key has no name and its id is known only once it is made; so the statement is about the keys of account and
 * region, and the condition leaves the one that bears the alias. `via` narrows it to calls that the service makes
 * for the caller, such as `s3`.
 *
 * @param alias with its `alias/`
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
export function allowKey(
  site: Site,
  alias: string,
  use: keyof typeof keyUse,
  via?: readonly ("s3" | "secretsmanager" | "sqs" | "sns")[],
  Sid = "UseKey",
): Statement {
  const { region } = site.environment.cloud;
  return allow(Sid, keyUse[use], [arn(site, "kms", "key/*")], {
    "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
    ...(via && { StringEquals: { "kms:ViaService": via.map((each) => `${each}.${region}.amazonaws.com`) } }),
  });
}

/**
 * The statement with which a key's policy hands the decision to the account's IAM policies. Without it no role
 * could ever use or manage the key, and nobody could mend its policy.
 *
 * In a key's policy `*` is that key.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function delegateToAccount(site: Site): Statement {
  return {
    Sid: "DelegateToAccount",
    Effect: "Allow",
    Principal: { AWS: arn(site, "iam", "root") },
    // The one action with a wildcard: a key's policy that leaves out an action locks it away from everybody.
    Action: ["kms:*"],
    Resource: ["*"],
  };
}

/** Refuses whoever does not use TLS. @param resources ARNs that the resource's policy is about */
export function denyPlainHttp(service: "s3" | "secretsmanager", resources: readonly string[]): Statement {
  return {
    Sid: "DenyPlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: [`${service}:*`],
    Resource: [...resources],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** Refuses whoever does not use TLS; a queue's policy must name its actions in full. */
export function denyPlainQueue(queueArn: string): Statement {
  return {
    Sid: "DenyPlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"],
    Resource: [queueArn],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
