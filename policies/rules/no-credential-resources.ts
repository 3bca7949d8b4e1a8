import { rule } from "../rule.ts";

export default rule({
  name: "no-credential-resources",
  claim: "Pulumi makes no credential and holds none.",
  severity: "critical",
  why: "What Pulumi makes is in its state, for whoever may read that, and rotates only by a deployment.",
  fix: "Make the container alone and fill it with `firn secrets set`; sign in with a role.",
  provision: {
    source: "CIS AWS Foundations Benchmark 1.13, Well-Architected SEC02-BP02",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_unique.html",
  },
  types: [
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:ssm/parameter:Parameter",
    "aws:kms/ciphertext:Ciphertext",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/user:User",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    "aws:iam/sshKey:SshKey",
    "aws:lightsail/keyPair:KeyPair",
    "random:index/randomPassword:RandomPassword",
    "tls:index/privateKey:PrivateKey",
    "snowflake:index/secretWithAuthorizationCodeGrant:SecretWithAuthorizationCodeGrant",
    "snowflake:index/secretWithBasicAuthentication:SecretWithBasicAuthentication",
    "snowflake:index/secretWithClientCredentials:SecretWithClientCredentials",
    "snowflake:index/secretWithGenericString:SecretWithGenericString",
    "snowflake:index/userPublicKeys:UserPublicKeys",
  ],
  sees: "resource",
  check({ type }, { report }) {
    report(`is a ${type}.`);
  },
});
