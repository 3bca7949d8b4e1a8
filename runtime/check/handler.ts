import { openSnowflake } from "#worlds/aws";
import { stageHandler } from "#worlds/edge";
import { runCheck } from "./run.ts";

/** Types a batch's rows, and judges the batch. */
export const handler = stageHandler("check", runCheck, { adapters: { warehouse: openSnowflake } });
