import { insert, literal } from "./build.ts";

/** An activity as it is told once. */
export interface Change {
  id: number;
  learner: string | null;
  /** Of October 2013. */
  day: number;
  module: string;
  clicks: number;
  /** `bare` is a withdrawal that tells nothing but key and version. */
  kind: "recorded" | "confirmed" | "withdrawn" | "bare";
  version: number;
}

/** The statements that promote a change: the later version stands, as the pipeline's upsert has it. */
export function changeOf(change: Change, commit: number): string[] {
  const { id, kind, version } = change;
  const at = `TIMESTAMPTZ '2013-11-01 00:00:00+00' + INTERVAL ${version} MINUTE`;
  const gone = kind === "bare" || kind === "withdrawn";
  const stands = `SELECT 1 FROM silver.learner_activity WHERE activity_id = ${id}`;
  const told = {
    learner_id: literal(change.learner),
    site_id: 1,
    module: literal(change.module),
    presentation: "'2013J'",
    activity_type: "'quiz'",
    clicks: change.clicks,
    occurred_on: `DATE '2013-10-0${change.day}'`,
  };
  const row = {
    activity_id: id,
    ...(kind === "bare" ? {} : told),
    status: literal(gone ? "withdrawn" : kind),
    updated_at: at,
    _deleted: gone,
    commit_seq: commit,
  };
  return [
    `DELETE FROM silver.learner_activity WHERE activity_id = ${id} AND updated_at < ${at}`,
    insert("learner_activity", row).replace(/VALUES \((.*)\)$/, `SELECT $1 WHERE NOT EXISTS (${stands})`),
  ];
}

/** One activity of each learner. */
export const kept = ["ann", "bob", "cid"].map(
  (learner, n): Change => ({
    id: 100 + n,
    learner,
    day: 1,
    module: "AAA",
    clicks: 1,
    kind: "recorded",
    version: 0,
  }),
);
