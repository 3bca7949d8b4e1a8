/** What the first administrator makes in AWS, as one CloudFormation template. Pure. */
import type { Team } from "#firn";
import { delegateToAccount, denyPlainHttp, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import { arn, baseName, permissionsBoundary, type Site } from "../names.ts";
import { planBoundary, planDeployPolicies, planPreviewPolicies, stateOf } from "./policies.ts";

export interface Template {
  AWSTemplateFormatVersion: "2010-09-09";
  Description: string;
  Parameters: Record<string, unknown>;
  Conditions: Record<string, unknown>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, unknown>;
}
interface Resource {
  Type: string;
  Condition?: string;
  DependsOn?: string[];
  DeletionPolicy?: "Retain";
  UpdateReplacePolicy?: "Retain";
  Properties: Record<string, unknown>;
}

const github = "token.actions.githubusercontent.com";
const keep = { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } as const;

/**
 * State bucket and key, GitHub as a provider of identities, the deploying and the previewing role, and the boundary
 * of the program's roles.
 *
 * CloudFormation rather than a script of AWS commands: it is one document to review, `deploy` makes or changes what
 * differs and nothing else, AWS shows the change set first, and there is no state to keep for it. It cannot be Pulumi,
 * whose state it holds.
 */
export function planTemplate(site: Site, teams: readonly Team[]): Template {
  const { environment } = site;
  const tags = Object.entries({
    Environment: environment.name,
    Platform: "firn-bootstrap",
    Owner: environment.cloud.owner,
    CostCenter: environment.cloud.costCenter,
  }).map(([Key, Value]) => ({ Key, Value }));
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `What Firn's environment ${environment.name} rests on: made once, by an administrator.`,
    Parameters: {
      GitHubProvider: {
        Type: "String",
        AllowedValues: ["create", "present"],
        Default: "create",
        Description: "An account has one provider for GitHub: present, where it has it already.",
      },
    },
    Conditions: { CreateProvider: { "Fn::Equals": [{ Ref: "GitHubProvider" }, "create"] } },
    Resources: {
      ...stateResources(site, tags),
      GitHub: {
        Type: "AWS::IAM::OIDCProvider",
        Condition: "CreateProvider",
        ...keep,
        Properties: { Url: `https://${github}`, ClientIdList: ["sts.amazonaws.com"], Tags: tags },
      },
      Boundary: managedPolicy(baseName(site, "boundary"), planBoundary(site, teams)),
      ...roleResources("Deploy", baseName(site, "deploy"), planDeployPolicies(site, teams), {
        trust: trustGitHub(site, [`environment:${environment.name}`]),
        tags,
      }),
      ...roleResources("Preview", baseName(site, "preview"), planPreviewPolicies(site, teams), {
        // A pull request's preview, and the nightly look for drift.
        trust: trustGitHub(site, ["pull_request", "ref:refs/heads/main"]),
        tags,
      }),
    },
    Outputs: {
      State: { Value: stateOf(site).name },
      DeployRole: { Value: { "Fn::GetAtt": ["Deploy", "Arn"] } },
      PreviewRole: { Value: { "Fn::GetAtt": ["Preview", "Arn"] } },
      PermissionsBoundary: { Value: permissionsBoundary(site) },
    },
  };
}

/**
 * Trust for workflows of the environment's repository alone, by the exact subject of their token.
 *
 * @param subjects what follows `repo:<owner>/<name>:`
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function trustGitHub(site: Site, subjects: readonly string[]): PolicyDocument {
  const { repository } = site.environment.cloud;
  return policyOf({
    Sid: "TrustGitHub",
    Effect: "Allow",
    Principal: { Federated: arn(site, "iam", `oidc-provider/${github}`) },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: {
        [`${github}:aud`]: "sts.amazonaws.com",
        [`${github}:sub`]: subjects.map((subject) => `repo:${repository}:${subject}`),
      },
    },
  });
}

function stateResources(site: Site, tags: object[]): Record<string, Resource> {
  const { name, alias, bucket } = stateOf(site);
  return {
    StateKey: {
      Type: "AWS::KMS::Key",
      ...keep,
      Properties: {
        Description: `Pulumi's state of ${site.environment.name}`,
        EnableKeyRotation: true,
        PendingWindowInDays: 30,
        KeyPolicy: policyOf(delegateToAccount(site), keepFromWorkflows(site)),
        Tags: tags,
      },
    },
    StateKeyAlias: {
      Type: "AWS::KMS::Alias",
      Properties: { AliasName: alias, TargetKeyId: { Ref: "StateKey" } },
    },
    StateBucket: {
      Type: "AWS::S3::Bucket",
      ...keep,
      Properties: {
        BucketName: name,
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: "aws:kms",
                KMSMasterKeyID: { "Fn::GetAtt": ["StateKey", "Arn"] },
              },
            },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: "old-versions",
              Status: "Enabled",
              NoncurrentVersionExpiration: { NoncurrentDays: 365 },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
          ],
        },
        Tags: tags,
      },
    },
    StateBucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: "StateBucket" },
        PolicyDocument: policyOf(denyPlainHttp("s3", [bucket, `${bucket}/*`])),
      },
    },
  };
}

/** The workflows' roles use the state's key and manage it never, whatever their policies come to say. */
function keepFromWorkflows(site: Site): Statement {
  return {
    Sid: "KeepFromWorkflows",
    Effect: "Deny",
    Principal: "*",
    Action: [
      ...["kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKey", "kms:PutKeyPolicy"],
      ...["kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias"],
    ],
    Resource: ["*"],
    Condition: {
      ArnEquals: {
        "aws:PrincipalArn": ["deploy", "preview"].map((each) =>
          arn(site, "iam", `role/${baseName(site, each)}`),
        ),
      },
    },
  };
}

function roleResources(
  id: string,
  name: string,
  documents: readonly PolicyDocument[],
  { trust, tags }: { trust: PolicyDocument; tags: object[] },
): Record<string, Resource> {
  const policies = documents.map((document, at) => [`${id}Policy${at + 1}`, document] as const);
  return {
    [id]: {
      Type: "AWS::IAM::Role",
      // CloudFormation passes over this where the account has the provider already.
      DependsOn: ["GitHub"],
      Properties: {
        RoleName: name,
        MaxSessionDuration: 3_600,
        AssumeRolePolicyDocument: trust,
        ManagedPolicyArns: policies.map(([policy]) => ({ Ref: policy })),
        Tags: tags,
      },
    },
    ...Object.fromEntries(
      policies.map(([policy, document], at) => [policy, managedPolicy(`${name}-${at + 1}`, document)]),
    ),
  };
}

function managedPolicy(name: string, document: PolicyDocument): Resource {
  return {
    Type: "AWS::IAM::ManagedPolicy",
    Properties: { ManagedPolicyName: name, PolicyDocument: document },
  };
}
