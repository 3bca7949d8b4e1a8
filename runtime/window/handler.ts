import { openInbox, openSnowflake } from "#worlds/aws";
import { stageHandler } from "#worlds/edge";
import { runWindow } from "./run.ts";

/** Plans what is read next. It lists the inbox, and asks the warehouse once a day. */
export const handler = stageHandler("window", runWindow, {
  adapters: { source: openInbox, warehouse: openSnowflake },
});
