import assert from "node:assert/strict";
import { DescribeSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type AwsClients, openAwsSecretKeeper } from "#adapters/secrets/aws";

const value = 'canary-3f"\\ü/71';
const where = { environment: "dev", account: "111111111111", region: "eu-west-1" };

describe("the keeper of secrets in AWS", () => {
  it("puts a value into its container and tells which hold one, and reads none", async () => {
    const { clients, asked } = fake({ "firn-dev-a": false, "firn-dev-b": true });
    const keeper = openAwsSecretKeeper(where, clients);
    const held = () => keeper.held(["firn-dev-a", "firn-dev-b", "firn-dev-c"]);
    assert.deepEqual(await held(), { "firn-dev-a": "empty", "firn-dev-b": "set", "firn-dev-c": "missing" });
    await keeper.put("firn-dev-a", value);
    assert.deepEqual(await held(), { "firn-dev-a": "set", "firn-dev-b": "set", "firn-dev-c": "missing" });
    assert.deepEqual(
      [...new Set(asked)],
      ["GetCallerIdentityCommand", "DescribeSecretCommand", "PutSecretValueCommand"],
    );
    assert.equal(asked.filter((each) => each === "GetCallerIdentityCommand").length, 1);
  });

  it("refuses another account before it asks or puts anything", async () => {
    const { clients, asked } = fake({ "firn-dev-a": false }, { account: "222222222222" });
    const keeper = openAwsSecretKeeper(where, clients);
    await assert.rejects(keeper.put("firn-dev-a", value), { code: "aws.account" });
    await assert.rejects(keeper.held(["firn-dev-a"]), { code: "aws.account" });
    assert.deepEqual([...new Set(asked)], ["GetCallerIdentityCommand"]);
  });

  it("refuses what no pulumi up has made, and what is being deleted", async () => {
    const { clients } = fake({}, { deleted: "firn-dev-b" });
    const keeper = openAwsSecretKeeper(where, clients);
    for (const container of ["firn-dev-a", "firn-dev-b"]) {
      await assert.rejects(keeper.put(container, value), {
        code: "secret.container",
        fix: /pulumi -- up --stack dev/,
      });
    }
  });

  for (const [name, properties, code] of [
    ["CredentialsProviderError", {}, "aws.denied"],
    ["ExpiredTokenException", { $metadata: { httpStatusCode: 403 } }, "aws.denied"],
    ["AccessDeniedException", { $metadata: { httpStatusCode: 400 } }, "aws.denied"],
    ["TimeoutError", {}, "aws.unavailable"],
    ["Error", { code: "ECONNREFUSED" }, "aws.unavailable"],
    ["InternalServiceError", { $metadata: { httpStatusCode: 500 } }, "aws.unavailable"],
    ["ThrottlingException", { $metadata: { httpStatusCode: 400 } }, "aws.unavailable"],
    ["ValidationException", { $metadata: { httpStatusCode: 400 } }, "internal.bug"],
  ] as const) {
    it(`tells ${name}${"code" in properties ? ` ${properties.code}` : ""} as ${code}, without what was sent`, async () => {
      const thrown = Object.assign(new Error(`refused`), properties, { name });
      const { clients } = fake({ "firn-dev-a": true }, { thrown });
      const error = await openAwsSecretKeeper(where, clients)
        .put("firn-dev-a", value)
        .then(
          () => assert.fail("nothing was thrown"),
          (each: Error & { code: string }) => each,
        );
      assert.equal(error.code, code);
      assert.ok(!JSON.stringify([error.message, error.stack]).includes("canary"));
    });
  }
});

interface Faults {
  account?: string;
  deleted?: string;
  thrown?: Error;
}

/** Containers by whether they hold a value, and what was asked of them. */
function fake(held: Record<string, boolean>, { account = where.account, deleted, thrown }: Faults = {}) {
  const asked: string[] = [];
  const answer = async (command: object): Promise<unknown> => {
    asked.push(command.constructor.name);
    if (command instanceof GetCallerIdentityCommand) return { Account: account };
    if (thrown) throw thrown;
    const { SecretId: id = "" } = (command as DescribeSecretCommand).input;
    if (id === deleted) {
      throw Object.assign(new Error("This secret was marked for deletion."), {
        name: "InvalidRequestException",
      });
    }
    if (held[id] === undefined) throw Object.assign(new Error("none"), { name: "ResourceNotFoundException" });
    if (command instanceof PutSecretValueCommand) held[id] = true;
    return command instanceof DescribeSecretCommand && held[id]
      ? { VersionIdsToStages: { one: ["AWSPREVIOUS"], two: ["AWSCURRENT"] } }
      : {};
  };
  const clients = { secretsManager: { send: answer }, sts: { send: answer } } as unknown as AwsClients;
  return { clients, asked };
}
