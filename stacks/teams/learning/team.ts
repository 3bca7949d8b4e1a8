import { team } from "#firn";
import { learnerActivity } from "./pipelines/learner_activity.ts";

/** Reads the learning platform. */
export const learning = team({ name: "learning", pipelines: [learnerActivity] });
