import assert from "node:assert/strict";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { openAwsSecretKeeper } from "#adapters/secrets/aws";
import { skipUnless } from "../support/skips.ts";

const value = 'canary-3f"\\ü/71';
const where = { environment: "dev", account: "111111111111", region: "eu-west-1" };

describe("the keeper of secrets in AWS, through AWS's own client", () => {
  it("works on Secrets Manager as an emulator plays it", async function () {
    const endpoint = process.env.AWS_ENDPOINT_URL;
    skipUnless.call(
      this,
      endpoint !== undefined,
      "AWS_ENDPOINT_URL names no emulator of Secrets Manager and STS",
    );
    const clients = {
      secretsManager: new SecretsManagerClient({ region: where.region }),
      sts: new STSClient({ region: where.region }),
    };
    const { Account: account = "" } = await clients.sts.send(new GetCallerIdentityCommand({}));
    const container = `firn-test-${process.pid}`;
    await clients.secretsManager.send(new CreateSecretCommand({ Name: container }));
    try {
      const keeper = openAwsSecretKeeper({ ...where, account });
      assert.deepEqual(await keeper.held([container, "firn-test-none"]), {
        [container]: "empty",
        "firn-test-none": "missing",
      });
      await assert.rejects(keeper.put("firn-test-none", value), { code: "secret.container" });
      await keeper.put(container, value);
      assert.deepEqual(await keeper.held([container]), { [container]: "set" });
      const { SecretString } = await clients.secretsManager.send(
        new GetSecretValueCommand({ SecretId: container }),
      );
      assert.equal(SecretString, value);
      await assert.rejects(openAwsSecretKeeper(where).held([container]), { code: "aws.account" });
    } finally {
      await clients.secretsManager.send(
        new DeleteSecretCommand({ SecretId: container, ForceDeleteWithoutRecovery: true }),
      );
    }
  });
});
