/** What a team says of itself for the cloud alone; a laptop has no use for it. */
import { z } from "zod";
import { workloads } from "./cost.ts";
import { name } from "./values.ts";

/** An AWS role that a person's or a tool's service signs in to Snowflake with, and no password. */
const roleArn = z
  .string()
  .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, "must be the ARN of an IAM role");
const identifier = z.string().regex(/^[A-Z_][A-Z0-9_$]{0,254}$/, "must be an upper case Snowflake name");

export const platform = {
  /** Tags of what it owns. Default: the environment's. */
  owner: z.string().min(1).optional(),
  costCenter: z.string().min(1).optional(),
  /**
   * How its functions sign in to Snowflake: as their AWS role, or with a key pair that `firn secrets set` puts
   * into Secrets Manager. Default `workload_identity`.
   */
  signIn: z.enum(["workload_identity", "key_pair"]).optional(),
  /** Warehouse that builds gold. Default `elt`. */
  modelsOn: z.enum(["elt", "transform"]).optional(),
  /** AWS roles of tools that read its gold, by the workload whose warehouse they use. */
  readers: z
    .partialRecord(z.enum(["bi", "data_science"] satisfies (typeof workloads)[number][]), roleArn)
    .optional(),
  /** Roles of Snowflake, of people, that may see masked columns in clear text. Default: none. */
  clearTextRoles: z.array(identifier).optional(),
  /** Calls of each of its functions that may run at once at most; they are reserved for it. Default: what the account has. */
  concurrencyMax: z.number().int().min(1).optional(),
  /**
   * The first of two steps out: nothing of it runs any more, and its data is no longer protected. Then remove
   * its folder, and the next `pulumi up` deletes what it had.
   */
  retired: z.boolean().optional(),
  /** What exists already and is taken over instead of made, by environment; its own name is kept. */
  adopt: z
    .record(
      name,
      z.strictObject({
        database: identifier.optional(),
        warehouses: z.partialRecord(z.enum(workloads), identifier).optional(),
        buckets: z
          .partialRecord(
            z.enum(["inbox", "raw", "curated"]),
            z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
          )
          .optional(),
      }),
    )
    .optional(),
} as const;
