/** Where people put the values of secrets: Secrets Manager for an environment of the cloud, a file for a laptop. */
import { randomBytes } from "node:crypto";
import { openLocalSecretKeeper } from "#adapters/secrets/local";
import type { Environment } from "#firn";
import type { SecretKeeper } from "#ports/secrets";

/** @param folder where a laptop's file lies */
export async function openSecretKeeper({ name, cloud }: Environment, folder: string): Promise<SecretKeeper> {
  if (!cloud) return openLocalSecretKeeper(folder, process.env, () => randomBytes(6).toString("hex"));
  const { openAwsSecretKeeper } = await import("#adapters/secrets/aws");
  return openAwsSecretKeeper({ environment: name, account: cloud.account, region: cloud.region });
}
