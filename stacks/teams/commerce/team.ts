import { team } from "#firn";
import { orders } from "./pipelines/orders.ts";

/** Takes the shop's daily files. */
export const commerce = team({ name: "commerce", pipelines: [orders] });
