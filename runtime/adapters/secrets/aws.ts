/** Secrets Manager, for the hands that fill it: values go in, and none comes back. */
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { asFirnError, FirnError } from "#core/errors";
import type { Held, SecretKeeper } from "#ports/secrets";

export interface AwsSecretsOptions {
  environment: string;
  /** The account that the environment declares; another one is refused before anything is asked or put. */
  account: string;
  region: string;
}

/** What it calls AWS with; a test brings its own. */
export interface AwsClients {
  secretsManager: Pick<SecretsManagerClient, "send">;
  sts: Pick<STSClient, "send">;
}

/** They read the environment (AWS_PROFILE, AWS_ENDPOINT_URL and the rest) when first asked. */
function openClients(region: string): AwsClients {
  const settings = { region, maxAttempts: 3 };
  return { secretsManager: new SecretsManagerClient(settings), sts: new STSClient(settings) };
}

/**
 * The containers that `pulumi up` made. What it puts is in force at once, for whatever reads the secret next; the
 * value before it stays as AWSPREVIOUS.
 */
export function openAwsSecretKeeper(
  { environment, account, region }: AwsSecretsOptions,
  { secretsManager, sts } = openClients(region),
): SecretKeeper {
  const place = `AWS Secrets Manager, account ${account}, ${region}`;
  let identified: Promise<void> | undefined;
  return {
    place,
    async held(containers) {
      await identify();
      const found = await Promise.all(containers.map(async (each) => [each, await heldIn(each)]));
      return Object.fromEntries(found) as Record<string, Held>;
    },
    async put(container, value) {
      await identify();
      try {
        await secretsManager.send(new PutSecretValueCommand({ SecretId: container, SecretString: value }));
      } catch (error) {
        throw isMissing(error) ? missing(container) : told(error, `put a value into ${container}`);
      }
    },
  };

  function identify(): Promise<void> {
    identified ??= requireAccount();
    return identified;
  }

  async function requireAccount(): Promise<void> {
    const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
      throw told(error, "ask AWS who signs in");
    });
    if (identity.Account === account) return;
    throw new FirnError("aws.account", {
      what: `These credentials are account ${identity.Account}'s, and environment "${environment}" is account ${account}.`,
      why: "A secret put into another account would be missed in this one, and known where it should not be.",
      fix: `Sign in to account ${account} (AWS_PROFILE, or aws sso login), or choose another --env.`,
    });
  }

  async function heldIn(container: string): Promise<Held> {
    try {
      const { VersionIdsToStages: versions } = await secretsManager.send(
        new DescribeSecretCommand({ SecretId: container }),
      );
      return Object.values(versions ?? {}).some((stages) => stages.includes("AWSCURRENT")) ? "set" : "empty";
    } catch (error) {
      if (isMissing(error)) return "missing";
      throw told(error, `look at ${container}`);
    }
  }

  function missing(container: string): FirnError {
    return new FirnError("secret.container", {
      what: `${place} has no secret "${container}".`,
      why: "The program makes containers, so that they are encrypted with their team's key; a value is put only into one of those.",
      fix: `Run npm run pulumi -- up --stack ${environment} first, then this again.`,
    });
  }
}

/** A secret that is to be deleted refuses a value by another name. */
function isMissing(error: unknown): boolean {
  const text = error instanceof Error ? `${error.name} ${error.message}` : "";
  return /ResourceNotFoundException/.test(text) || /InvalidRequestException.*marked for deletion/.test(text);
}

/** What AWS said, told by its name alone: its message may quote the request. */
function told(error: unknown, doing: string): FirnError {
  const { name = "Error" } = error instanceof Error ? error : {};
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  if (
    /Credentials|Token|AccessDenied|UnrecognizedClient|SignatureDoesNotMatch|NotAuthorized/.test(name) ||
    status === 403
  ) {
    return new FirnError("aws.denied", {
      what: `AWS did not let this command ${doing} (${name}).`,
      why: "There are no credentials, they have expired, or their policy does not allow it: secretsmanager:DescribeSecret and PutSecretValue, and kms:GenerateDataKey with the team's key.",
      fix: "Sign in (AWS_PROFILE, or aws sso login) as somebody who may, then run it again.",
    });
  }
  if (
    name === "TimeoutError" ||
    /ECONN|ENOTFOUND|EAI_AGAIN|Throttling|TooManyRequests/.test(
      `${name} ${(error as { code?: string }).code}`,
    ) ||
    (status ?? 0) >= 500
  ) {
    return new FirnError("aws.unavailable", {
      what: `AWS did not answer when this command wanted to ${doing} (${name}).`,
      why: "The network, or AWS, is in the way.",
      fix: "Run the same command again; nothing was changed, or the same value is put twice, which is harmless.",
    });
  }
  return asFirnError(error);
}
