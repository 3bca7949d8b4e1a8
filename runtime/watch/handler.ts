import { openSnowflake } from "#worlds/aws";
import { finishHandler } from "#worlds/finish";

/** Notes what a build of gold scanned and cost, tells of it, and ends the build. */
export const handler = finishHandler({ adapters: { warehouse: openSnowflake } });
