import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { CustomerKey } from "../keys/component.ts";
import type { ZonePlan } from "./plan.ts";

/** A private, versioned bucket, whose every object is encrypted with the team's key. */
export class LakeZone extends pulumi.ComponentResource {
  /** The bucket's name, known once it is made. */
  readonly bucket: pulumi.Output<string>;
  /** What must be there before an object is put: encryption, and the policy that holds puts to it. */
  readonly ready: pulumi.Resource[];

  constructor(
    name: string,
    { plan, key }: { plan: ZonePlan; key: CustomerKey },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:LakeZone", name, {}, options);
    const parent = this;
    const made = createBucket();
    const bucket = made.id;
    const versioning = keepVersions();
    const encryption = encrypt();
    disableAccessLists();
    const policy = restrict(blockPublicAccess());
    expire();
    if (plan.events) tellEventBridge();
    this.bucket = bucket;
    this.ready = [encryption, policy];
    this.registerOutputs({ bucket });

    function createBucket(): aws.s3.Bucket {
      return new aws.s3.Bucket(
        name,
        {
          bucket: plan.bucket,
          forceDestroy: plan.forceDestroy,
          ...(plan.objectLock && { objectLockEnabled: true }),
          tags: plan.tags,
        },
        {
          parent,
          ...plan.keeping,
          // An import fails where the declaration differs from what is there; its tags stay its own.
          ...(plan.adopted && {
            import: plan.bucket,
            ignoreChanges: ["tags", "tagsAll", "forceDestroy"],
          }),
        },
      );
    }

    function keepVersions(): aws.s3.BucketVersioning {
      return new aws.s3.BucketVersioning(
        `${name}-versioning`,
        { bucket, versioningConfiguration: { status: "Enabled" } },
        { parent },
      );
    }

    function encrypt(): aws.s3.BucketServerSideEncryptionConfiguration {
      return new aws.s3.BucketServerSideEncryptionConfiguration(
        `${name}-encryption`,
        {
          bucket,
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
              // One call to KMS for many objects, not one each: it is 3 cents per 10,000.
              bucketKeyEnabled: true,
              blockedEncryptionTypes: ["SSE-C"],
            },
          ],
        },
        { parent },
      );
    }

    function disableAccessLists(): void {
      new aws.s3.BucketOwnershipControls(
        `${name}-ownership`,
        { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
        { parent },
      );
    }

    function blockPublicAccess(): aws.s3.BucketPublicAccessBlock {
      return new aws.s3.BucketPublicAccessBlock(
        `${name}-private`,
        {
          bucket,
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        { parent },
      );
    }

    /** After the block: S3 refuses two changes of a bucket's access at once. */
    function restrict(block: aws.s3.BucketPublicAccessBlock): aws.s3.BucketPolicy {
      return new aws.s3.BucketPolicy(
        `${name}-policy`,
        { bucket, policy: policyJson(plan.policy) },
        { parent, dependsOn: [block] },
      );
    }

    /** After versioning, of which its rules for old versions speak. */
    function expire(): void {
      new aws.s3.BucketLifecycleConfiguration(
        `${name}-lifecycle`,
        { bucket, rules: plan.lifecycle, transitionDefaultMinimumObjectSize: "all_storage_classes_128K" },
        { parent, dependsOn: [versioning] },
      );
    }

    function tellEventBridge(): void {
      new aws.s3.BucketNotification(`${name}-events`, { bucket, eventbridge: true }, { parent });
    }
  }
}
