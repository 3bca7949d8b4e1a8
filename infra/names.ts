/**
 * What things are called in AWS and Snowflake: pure functions of the environment, the team and the thing.
 *
 * Names are known before anything is made, so ARNs can be rendered from them, and policies judged in a preview.
 */
import { FirnError } from "#core/errors";
import { sha256 } from "#core/ids";
import type { Cloud, Environment } from "#firn";

/** An environment in the cloud. */
export interface Site {
  environment: Environment & { cloud: Cloud };
}

/** Snowflake's role that Pulumi signs in with. The first administrator makes it. */
export const deployerRole = "FIRN_DEPLOYER";

/**
 * The profiles of `~/.snowflake/config` that the providers sign in with: one whose role is `deployerRole`, and one of
 * ACCOUNTADMIN, for what nobody else may do.
 */
export const snowflakeProfile = "firn";
export const snowflakeAdminProfile = "firn_admin";

/** Longest names, by what they name. @see https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
export const longest = {
  bucket: 63,
  role: 64,
  function: 64,
  stateMachine: 80,
  schedule: 64,
  rule: 64,
  queue: 80,
  topic: 256,
  secret: 512,
  alarm: 255,
  dashboard: 255,
  logGroup: 512,
  alias: 256,
} as const;
export type Named = keyof typeof longest;

/** What may stand in the place of a team: what belongs to the environment as a whole. No team can be named so. */
export const platformOwner = "_platform";

/**
 * `firn-<environment>-<team>-<thing>`, in lower case letters, digits and hyphens. One that would be too long is
 * cut, and ends in a hash of the whole.
 */
export function nameOf(site: Site, kind: Named, team: string, ...things: string[]): string {
  return bounded(["firn", site.environment.name, team, ...things].map(hyphened).join("-"), longest[kind]);
}

/**
 * `firnbase-<environment>-<thing>`: what the first administrator makes (infra/bootstrap). The stem is another than
 * `nameOf`'s, so that no permission over what the program makes reaches the roles, the key and the state it rests on.
 */
export function baseName(site: Site, thing: string): string {
  return bounded(["firnbase", site.environment.name, thing].map(hyphened).join("-"), longest.role);
}

/**
 * The permissions boundary that every role of the program carries: the deploying role may make no role without
 * it, so that none can be made which may do more. A property of `aws.iam.Role` by that name takes it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function permissionsBoundary(site: Site): string {
  return arn(site, "iam", `policy/${baseName(site, "boundary")}`);
}

/** A bucket's name, which all of AWS shares: it carries account and region. */
export function bucketName(site: Site, team: string, zone: string): string {
  const { account, region } = site.environment.cloud;
  return bounded(
    ["firn", site.environment.name, team, zone, account, region].map(hyphened).join("-"),
    longest.bucket,
  );
}

/** A Snowflake name, upper case: `<ENVIRONMENT>_<TEAM>_<THING>`. */
export function snowflakeName(site: Site, team: string, ...things: string[]): string {
  const parts = team === platformOwner ? ["firn"] : [team];
  return bounded([site.environment.name, ...parts, ...things].join("_"), 255, "_").toUpperCase();
}

/** The ARN of what a name names. `resource` begins as the service writes it: `function:x`, `role/x`. */
export function arn(site: Site, service: string, resource: string): string {
  const { account, region } = site.environment.cloud;
  const global = service === "iam" || service === "s3";
  return `arn:aws:${service}:${global ? "" : region}:${service === "s3" ? "" : account}:${resource}`;
}

/**
 * Refuses two things of one kind with one name, which only a change of words in a declaration can part.
 *
 * @throws {FirnError} `infra.name_taken`
 */
export function requireDistinct(named: readonly { kind: string; name: string; of: string }[]): void {
  const seen = new Map<string, string>();
  for (const { kind, name, of } of named) {
    const before = seen.get(`${kind} ${name}`);
    if (before !== undefined && before !== of) {
      throw new FirnError("infra.name_taken", {
        what: `${before} and ${of} would both have the ${kind} "${name}".`,
        why: "AWS writes hyphens where declarations write underscores, long names are cut, and parts are joined by what they may hold.",
        fix: "Rename one of the two under stacks/.",
      });
    }
    seen.set(`${kind} ${name}`, of);
  }
}

function hyphened(part: string): string {
  return part.toLowerCase().replaceAll("_", "-").replace(/^-+/, "");
}

function bounded(name: string, length: number, separator: "-" | "_" = "-"): string {
  return name.length <= length
    ? name
    : `${name.slice(0, length - 9).replace(/[-_]+$/, "")}${separator}${sha256(name).slice(0, 8)}`;
}
