/** What there is of a team to reach in AWS, from its names alone: all of it, whether a run registers it or not. */
import { deadLettersName, forwardedTo, forwardName, platformSecrets } from "../alerts/plan.ts";
import { arn, platformOwner, type Site } from "../names.ts";
import { platformKeyAlias } from "../platform/plan.ts";
import { functionNames, type Scope, zones } from "../scope.ts";
import type { Kind } from "./actions.ts";
import type { AwsTarget } from "./facts.ts";

/** What `keys` begins with, by zone: raw holds what is never rewritten, and what is. */
const prefixes = { inbox: [""], raw: ["raw/", "state/"], curated: [""] } as const;

export function targetsOf(scope: Scope): AwsTarget[] {
  const { names, team } = scope;
  const of = (kind: Kind, label: string, ...arns: [string, ...string[]]): AwsTarget => ({
    kind,
    arns,
    owner: team.name,
    label,
    statements: [],
  });
  return [
    ...zones.flatMap((zone) => bucketTargets(names.buckets[zone], team.name, zone, prefixes[zone])),
    { ...of("key", "the key", arn(scope, "kms", "key/*")), alias: names.keyAlias },
    ...Object.entries(names.secrets).map(([secret, name]) =>
      of("secret", `secret ${secret}`, arn(scope, "secretsmanager", `secret:${name}-??????`)),
    ),
    of("queue", "queue of wake-ups", arn(scope, "sqs", names.queue)),
    of("queue", "queue of dead letters", arn(scope, "sqs", names.deadLetters)),
    of("topic", "topic of alerts", arn(scope, "sns", names.topic)),
    ...functionNames.flatMap((name) => [
      functionTarget(scope, names.functions[name], team.name, name),
      logsTarget(scope, `/aws/lambda/${names.functions[name]}`, team.name),
    ]),
    ...[...Object.values(names.machines), names.gold].flatMap((name) => [
      machineTarget(scope, name, team.name),
      logsTarget(scope, `/aws/vendedlogs/states/${name}`, team.name),
    ]),
  ];
}

/** What there is of the platform, which is nobody's data: its key, and what forwards alerts where anything does. */
export function platformTargets(site: Site): AwsTarget[] {
  const of = (kind: Kind, label: string, ...arns: [string, ...string[]]): AwsTarget => ({
    kind,
    arns,
    owner: platformOwner,
    label,
    statements: [],
  });
  const key = { ...of("key", "the key", arn(site, "kms", "key/*")), alias: platformKeyAlias(site) };
  if (forwardedTo(site).length === 0) return [key];
  return [
    key,
    ...Object.entries(platformSecrets(site)).map(([secret, name]) =>
      of("secret", `secret ${secret}`, arn(site, "secretsmanager", `secret:${name}-??????`)),
    ),
    of("queue", "queue of dead letters", arn(site, "sqs", deadLettersName(site))),
    functionTarget(site, forwardName(site), platformOwner, "forward"),
    logsTarget(site, `/aws/lambda/${forwardName(site)}`, platformOwner),
  ];
}

export function bucketTargets(
  bucket: string,
  owner: string,
  zone: string,
  within: readonly string[] = [""],
): AwsTarget[] {
  const own = `arn:aws:s3:::${bucket}`;
  const objects = (prefix: string, label: string): AwsTarget => ({
    kind: "objects",
    arns: [`${own}/${prefix}*`],
    owner,
    label,
    prefix,
    statements: [],
  });
  const whole = within.includes("");
  return [
    { kind: "bucket", arns: [own], owner, label: `bucket ${zone}`, statements: [] },
    ...within.map((prefix) => objects(prefix, prefix === "" ? `${zone}/` : prefix)),
    ...(whole ? [] : [{ ...objects("", `bucket ${zone}, elsewhere`), rest: true }]),
  ];
}

export function functionTarget(site: Site, name: string, owner: string, label = name): AwsTarget {
  const own = arn(site, "lambda", `function:${name}`);
  return { kind: "function", arns: [own, `${own}:*`], owner, label: `function ${label}`, statements: [] };
}

export function machineTarget(site: Site, name: string, owner: string): AwsTarget {
  const arns: [string, string] = [
    arn(site, "states", `stateMachine:${name}`),
    arn(site, "states", `execution:${name}:*`),
  ];
  return { kind: "machine", arns, owner, label: `state machine ${name}`, statements: [] };
}

export function logsTarget(site: Site, group: string, owner: string): AwsTarget {
  const own = arn(site, "logs", `log-group:${group}`);
  return { kind: "logs", arns: [own, `${own}:*`], owner, label: `log ${group}`, statements: [] };
}
