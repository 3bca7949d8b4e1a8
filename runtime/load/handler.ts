import { openSnowflake } from "#worlds/aws";
import { stageHandler } from "#worlds/edge";
import { runLoad } from "./run.ts";

/** Loads a batch's files into its raw table. */
export const handler = stageHandler("load", runLoad, { adapters: { warehouse: openSnowflake } });
