/**
 * What the emulators of AWS cannot do as AWS does. The rest is applied in full; a line that is not needed any more
 * fails the tests, so the list stays as short as it can be.
 */

/** Not applied, but previewed with every check of the provider. By type, or by type and a part of the name. */
export const onlyPreviewed: { type: string; name?: RegExp; reason: string }[] = [];

/** Properties that an emulator forgets or writes otherwise, so that a refresh sees them differ. */
export const forgotten: { type: string; properties: string[]; reason: string }[] = [
  {
    type: "aws:lambda/eventSourceMapping:EventSourceMapping",
    properties: ["tags", "tagsAll"],
    reason: "ministack keeps no tags of event source mappings",
  },
];

/**
 * Arguments that no provider judged: `@pulumi/aws` 7 has them, and the provider that the tests run, Terraform's
 * of major version 5, does not. By Terraform's resource.
 */
export const unjudged: { resource: string; argument: string; reason: string }[] = [
  {
    resource: "aws_s3_bucket_server_side_encryption_configuration",
    argument: "blockedEncryptionTypes",
    reason: "S3 refuses writes with keys of the customer's own making; added after the provider's version",
  },
];

/** Values that were judged in the place of another, for the same reason. */
export const judgedAs: { asked: string; used: string }[] = [{ asked: "nodejs24.x", used: "nodejs22.x" }];
