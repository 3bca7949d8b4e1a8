import { z } from "zod";
import { openSecrets, readVariables, requireVariable } from "#worlds/aws";
import { openPost } from "#worlds/aws/post";
import type { Notice } from "./plan.ts";
import { runForward } from "./run.ts";

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const snsEvent = z.looseObject({
  Records: z.array(
    z.looseObject({ Sns: z.looseObject({ Subject: z.string().nullish(), Message: z.string() }) }),
  ),
});

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/notify_users_alarm_changes.html */
const alarm = z.looseObject({
  AlarmName: z.string(),
  NewStateValue: z.enum(["ALARM", "OK", "INSUFFICIENT_DATA"]),
  NewStateReason: z.string(),
  AlarmDescription: z.string().nullish(),
});

const alert = z.strictObject({
  severity: z.enum(["warning", "error"]),
  team: z.string(),
  pipeline: z.string(),
  code: z.string(),
  detail: z.string(),
  at: z.string(),
});

/** What a test may bring instead of the process's own. */
export interface ForwardEdge {
  variables?: Record<string, string | undefined>;
  openSecrets: typeof openSecrets;
  openPost: typeof openPost;
}

export function forwardHandler(edge: ForwardEdge) {
  return async (event: unknown): Promise<void> => {
    const targets = requireVariable(readVariables(edge.variables), "FIRN_TARGETS");
    const notices = snsEvent.parse(event).Records.map(({ Sns }) => noticeOf(Sns.Message, Sns.Subject ?? ""));
    const post = await edge.openPost();
    for (const notice of notices) await runForward(notice, targets, edge.openSecrets(), post);
  };
}

/** Forwards what topics bring to Slack and PagerDuty. One function for all teams: it holds none of their data. */
export const handler = forwardHandler({ openSecrets, openPost });

/** Whatever a topic brings is told: what cannot be read as one of ours goes as it came. */
function noticeOf(message: string, subject: string): Notice {
  const document = jsonOf(message);
  const asAlarm = alarm.safeParse(document);
  if (asAlarm.success) {
    const { AlarmName: name, NewStateValue: state, NewStateReason: reason } = asAlarm.data;
    return { kind: "alarm", name, state, reason, description: asAlarm.data.AlarmDescription ?? "" };
  }
  const asAlert = alert.safeParse(document);
  return asAlert.success ? { kind: "alert", alert: asAlert.data } : { kind: "text", subject, text: message };
}

function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
