import { events, readings } from "./events.ts";
import type { Feed } from "./feed.ts";
import { items } from "./items.ts";
import { members, profiles } from "./keyed.ts";
import { lines } from "./lines.ts";
import { prices, sales, visits } from "./partitions.ts";

/** Every strategy, every kind of source and window, every way of paging. */
export const feeds: Feed[] = [items, events, readings, profiles, members, lines, sales, visits, prices];
