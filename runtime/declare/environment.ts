/** What an environment says: where its sources are, and, in the cloud, what it may cost and whom it tells. */
import { z } from "zod";
import { FirnError } from "#core/errors";
import { budget, type Warehouses, type Workload, warehouseSize, warehouses } from "./cost.ts";
import { name, positive } from "./values.ts";

const days = positive.max(36_500);
const email = z.email();

/** Days that CloudWatch Logs can keep. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logDays = z.union(
  (
    [
      1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ] as const
  ).map((each) => z.literal(each)),
);

const snowflake = z.strictObject({
  /** The two halves of the account's identifier: `<organization>-<account>`. */
  organization: z.string().regex(/^[A-Z][A-Z0-9]*$/, "must be upper case letters and digits"),
  account: z.string().regex(/^[A-Z0-9][A-Z0-9_]*$/, "must be upper case letters, digits and _"),
  /** Masking, more than one cluster and more than one day of Time Travel need `enterprise`. */
  edition: z.enum(["standard", "enterprise", "business_critical"]),
  /** Dollars a credit costs by contract; used for forecasts only. */
  dollarsPerCredit: z.number().positive(),
  /**
   * Addresses (CIDR) that service users may sign in from. Absent: from anywhere, since functions outside a
   * VPC have no address of their own.
   */
  egress: z.array(z.cidrv4()).min(1).optional(),
});

/** Days of Time Travel by schema. Raw is transient, so a day at most: bronze serves instead. */
const timeTravelDays = z.strictObject({
  raw: z.number().int().min(0).max(1),
  silver: z.number().int().min(0).max(90),
  gold: z.number().int().min(0).max(90),
  ledger: z.number().int().min(0).max(90),
});

const lake = z.strictObject({
  /** Days after which raw goes to Glacier Instant Retrieval, the coldest tier that Snowflake can read. */
  rawColdAfterDays: days.min(30),
  /** Days after which raw is deleted. Default 2,555: seven years. */
  rawDays: days.optional(),
  /** Days that a delivered file stays in the inbox after it was taken. */
  inboxDays: days,
  /** Days that curated data, which can be rebuilt from raw, is kept. */
  curatedDays: days,
  /** Days that a replaced or deleted version is kept. */
  oldVersionDays: days,
  /** Object Lock in governance mode on raw, for so many days. It can only be set when a bucket is made. */
  lockDays: days.optional(),
});

export const cloud = z.strictObject({
  /** The AWS account's number; another one is refused before anything is made. */
  account: z.string().regex(/^\d{12}$/, "must be the 12 digits of an AWS account"),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region, such as eu-west-1"),
  /** Whom AWS's tags name for what no team owns; an address or a name. */
  owner: z.string().min(1),
  costCenter: z.string().min(1),
  /** True: what holds data is protected, kept when its declaration goes, and never force-destroyed. */
  production: z.boolean(),
  snowflake,
  timeTravelDays,
  lake,
  logDays,
  /** Warehouses each team has here, and sizes of those it declares; a team's own words win. */
  warehouses: warehouses.optional(),
  /** What each team may spend here that declares no budget of its own. Production needs one or the other. */
  budget: budget.optional(),
  /** The largest warehouse here: a larger one is refused. */
  warehouseSizeMax: warehouseSize,
  alerts: z.strictObject({
    email: z.array(email),
    /** Forwarded to Slack; the webhook's address is the secret `slack_webhook`. */
    slack: z.boolean(),
    /** Errors are forwarded to PagerDuty; the routing key is the secret `pagerduty_key`. */
    pagerDuty: z.boolean(),
  }),
  /** False: no alarms and no dashboards, which cost money while nothing runs; failures still alert. */
  alarms: z.boolean(),
  /** Where every alarm's runbook lies; the alarm's kind is added as its anchor. */
  runbook: z.url(),
  /** The GitHub repository, `owner/name`, whose workflows may preview and deploy this environment. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name"),
  /** Limits of the account that were raised, by the name the quota table prints. */
  quotas: z.record(z.string(), positive).optional(),
});
export type Cloud = z.infer<typeof cloud>;

export const environmentSchema = z
  .strictObject({
    name: name.max(16),
    /**
     * Source addresses by the names that declarations use. In the cloud an https address, or `inbox:<folder>/`:
     * a folder of the team's own inbox bucket.
     */
    connections: z.record(name, z.string().min(1)),
    /** How the state machine retries a failed stage. */
    retry: z.strictObject({ attempts: z.number().int().min(0), intervalSeconds: positive }),
    /** Seconds after which a stage counts as failed; on Lambda at most 900. */
    stageSecondsMax: positive.max(2_000_000),
    /** Seconds after which a silent run loses its lease. */
    leaseSeconds: positive,
    /** Absent: a laptop. */
    cloud: cloud.optional(),
  })
  .superRefine((environment, ctx) => {
    for (const { path, message } of inCloud(environment)) ctx.addIssue({ code: "custom", path, message });
  });
export type Environment = z.infer<typeof environmentSchema>;

/** What to say where a stack or a flag names an environment that is not declared. */
export function unknownEnvironment(name: string, known: readonly string[]): FirnError {
  return new FirnError("environment.unknown", {
    what: `No environment is named "${name}".`,
    why: "A stack, and a command's --env, take the name of a file in stacks/environments.",
    fix: `Choose one of ${known.join(", ")}, or add a file there and name it in stacks/index.ts.`,
  });
}

/** Warehouses that a team uses in the cloud and neither it nor the environment declares. */
export function missingWarehouses(
  team: {
    name: string;
    modelsOn?: Workload | undefined;
    readers?: Partial<Record<Workload, string>> | undefined;
    warehouses?: Warehouses | undefined;
  },
  environment: Environment | undefined,
): string[] {
  if (!environment?.cloud) return [];
  const there = new Set([
    "elt",
    "bi",
    ...Object.keys({ ...environment.cloud.warehouses, ...team.warehouses }),
  ]);
  const used: [path: string, workload: string][] = [
    ...(team.modelsOn ? [["modelsOn", team.modelsOn] as [string, string]] : []),
    ...Object.keys(team.readers ?? {}).map((each): [string, string] => [`readers.${each}`, each]),
  ];
  return used
    .filter(([, workload]) => !there.has(workload))
    .map(
      ([path, workload]) =>
        `${team.name}.${path}: there is no warehouse "${workload}"; add it to the team's warehouses, or to those of environment ${environment.name}`,
    );
}

interface Problem {
  path: string[];
  message: string;
}

/** What an environment in the cloud may not say. */
function inCloud({ connections, stageSecondsMax, cloud }: Environment): Problem[] {
  if (!cloud) return [];
  const { edition } = cloud.snowflake;
  const rawDays = cloud.lake.rawDays ?? 2_555;
  return [
    ...Object.entries(connections).flatMap(([connection, address]) =>
      isOfCloud(address)
        ? []
        : [
            {
              path: ["connections", connection],
              message: `"${address}" is no address of the cloud; give an https address or inbox:<folder>/`,
            },
          ],
    ),
    ...(stageSecondsMax > 900
      ? [
          {
            path: ["stageSecondsMax"],
            message: `is ${stageSecondsMax}, but a Lambda function runs 900 s at most`,
          },
        ]
      : []),
    ...Object.entries(cloud.timeTravelDays).flatMap(([schema, travel]) =>
      travel > 1 && edition === "standard"
        ? [
            {
              path: ["cloud", "timeTravelDays", schema],
              message: `is ${travel}, but edition standard keeps a day at most; write 1, or declare the account's edition`,
            },
          ]
        : [],
    ),
    ...Object.entries(cloud.timeTravelDays).flatMap(([schema, travel]) =>
      travel > rawDays
        ? [
            {
              path: ["cloud", "lake", "rawDays"],
              message: `is ${rawDays}, shorter than the ${travel} days of Time Travel of ${schema}: what is older than bronze could not be rebuilt`,
            },
          ]
        : [],
    ),
    ...(rawDays <= cloud.lake.rawColdAfterDays
      ? [
          {
            path: ["cloud", "lake", "rawDays"],
            message: "ends before raw would become cold (rawColdAfterDays)",
          },
        ]
      : []),
    ...((cloud.lake.lockDays ?? 0) > rawDays
      ? [
          {
            path: ["cloud", "lake", "lockDays"],
            message: `is longer than rawDays (${rawDays}): nothing could expire`,
          },
        ]
      : []),
  ];
}

function isOfCloud(address: string): boolean {
  if (/^inbox:([\w.=-]+\/)+$/.test(address)) return true;
  const host = /^https:\/\/(\[[^\]]*\]|[^/:?#]*)/.exec(address)?.[1]?.toLowerCase() ?? "";
  return host !== "" && !/^(localhost|.*\.localhost|0\.0\.0\.0|127\..*|169\.254\..*|\[::1?\])$/.test(host);
}
