import { openSnowflake } from "#worlds/aws";
import { stageHandler } from "#worlds/edge";
import { runMerge } from "./run.ts";

/** Promotes a batch. */
export const handler = stageHandler("merge", runMerge, { adapters: { warehouse: openSnowflake } });
