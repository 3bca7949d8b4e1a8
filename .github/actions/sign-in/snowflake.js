/**
 * Signs the workflow in to Snowflake for Pulumi's provider, which knows key pairs and no workload identity: the driver
 * signs in as the AWS role, registers a key pair made here for a day at most and one role, and the private key goes
 * into the provider's profiles on this machine, which ends with the job. Nothing is stored elsewhere.
 *
 * @see https://docs.snowflake.com/en/sql-reference/sql/alter-user-add-key-pair
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * @param {{ account: string, user: string, roles: string[], run: string }} options roles: of the profiles `firn`
 *   and `firn_admin`, in this order; run: letters, digits and `_`, unlike any other run's
 * @returns {{ statements: string[], profiles: string }}
 */
export function planSignIn({ account, user, roles, run }) {
  const [organization = "", ...rest] = account.split("-");
  /** @type {Map<string, { privateKey: string, statement: string }>} */
  const keys = new Map();
  for (const role of roles) {
    if (keys.has(role)) continue;
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const body = publicKey.replaceAll(/-----[^-]+-----|\s/g, "");
    const name = `RUN_${run}_${role}`;
    for (const each of [name, role]) {
      if (!/^[A-Z][A-Z0-9_]*$/.test(each)) throw new Error(`"${each}" is no name for a statement.`);
    }
    keys.set(role, {
      privateKey,
      statement: `ALTER USER ADD KEY PAIR ${name} PUBLIC_KEY = '${body}' ROLE_RESTRICTION = '${role}' DAYS_TO_EXPIRY = 1`,
    });
  }
  const profile = (/** @type {string} */ name, /** @type {string} */ role) =>
    [
      `[${name}]`,
      `organizationname = '${organization}'`,
      `accountname = '${rest.join("-")}'`,
      `user = '${user}'`,
      `role = '${role}'`,
      "authenticator = 'SNOWFLAKE_JWT'",
      `privatekey = '''${keys.get(role)?.privateKey}'''`,
      "",
    ].join("\n");
  return {
    statements: [...keys.values()].map(({ statement }) => statement),
    profiles: ["firn", "firn_admin"].map((name, at) => profile(name, roles[at] ?? roles[0] ?? "")).join("\n"),
  };
}

/** Runs statements as the workload whose AWS credentials the environment has. */
async function execute(/** @type {string} */ account, /** @type {string[]} */ statements) {
  const { default: snowflake } = await import("snowflake-sdk");
  const connection = snowflake.createConnection({
    account,
    authenticator: "WORKLOAD_IDENTITY",
    workloadIdentityProvider: "AWS",
  });
  await connection.connectAsync();
  for (const sqlText of statements) {
    await new Promise((done, failed) => {
      connection.execute({ sqlText, complete: (error) => (error ? failed(error) : done(undefined)) });
    });
  }
}

if (import.meta.main) {
  const { SNOWFLAKE_ACCOUNT = "", SNOWFLAKE_USER = "", SNOWFLAKE_ROLES = "" } = process.env;
  const { GITHUB_RUN_ID = "0", GITHUB_RUN_ATTEMPT = "0", GITHUB_JOB = "" } = process.env;
  const { statements, profiles } = planSignIn({
    account: SNOWFLAKE_ACCOUNT,
    user: SNOWFLAKE_USER,
    roles: SNOWFLAKE_ROLES.split(","),
    run: `${GITHUB_RUN_ID}_${GITHUB_RUN_ATTEMPT}_${GITHUB_JOB.toUpperCase()}`,
  });
  await execute(SNOWFLAKE_ACCOUNT, statements);
  const path = join(homedir(), ".snowflake", "config");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, profiles, { mode: 0o600 });
}
