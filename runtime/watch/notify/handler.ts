import { notifyHandler } from "#worlds/edge";

/** Tells that a run stopped, and ends its lease. */
export const handler = notifyHandler({});
