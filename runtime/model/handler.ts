import { openSnowflake } from "#worlds/aws";
import { modelHandler } from "#worlds/edge";
import { runModel, runSelect } from "./run.ts";

const adapters = { warehouse: openSnowflake };

/** Decides what gold builds. */
export const select = modelHandler(runSelect, { adapters });

/** Builds one node of gold and runs its tests. */
export const model = modelHandler(runModel, { adapters });
