/** What a batch must keep to be promoted. */
import { z } from "zod";
import { name, positive } from "./values.ts";

const mostly = z.number().gt(0).max(1).optional();
/** Judges row by row: one that fails goes to quarantine, and the batch goes on. */
const quarantine = z.literal(true).optional();
const scalar = z.union([z.string(), z.number()]);
export const expectation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("not_null"), column: z.string(), mostly, quarantine }),
  z.strictObject({ kind: z.literal("unique"), columns: z.array(z.string()).min(1), mostly }),
  z.strictObject({
    kind: z.literal("in"),
    column: z.string(),
    values: z.array(scalar).min(1),
    mostly,
    quarantine,
  }),
  z.strictObject({
    kind: z.literal("between"),
    column: z.string(),
    min: scalar.optional(),
    max: scalar.optional(),
    mostly,
    quarantine,
  }),
  /** The whole value must match; syntax common to RE2 and Snowflake. */
  z.strictObject({
    kind: z.literal("regex"),
    column: z.string(),
    pattern: z.string().min(1),
    mostly,
    quarantine,
  }),
  /** `left <= right`; rows where one is null pass. */
  z.strictObject({ kind: z.literal("pair"), left: z.string(), right: z.string(), mostly, quarantine }),
  /** Every value is a key of another pipeline's silver table of the same team. */
  z.strictObject({ kind: z.literal("relationship"), column: z.string(), to: name, toColumn: name, mostly }),
  z.strictObject({
    kind: z.literal("row_count"),
    min: z.number().int().min(0).optional(),
    max: positive.optional(),
  }),
  /** The share of rows that are not bad in themselves. */
  z.strictObject({ kind: z.literal("accepted"), mostly: z.number().gt(0).max(1) }),
]);
export type Expectation = z.infer<typeof expectation>;
