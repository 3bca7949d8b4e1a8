import { sha256 } from "#core/ids";

/** What the runtime sends to a topic. */
interface Alert {
  severity: "warning" | "error";
  team: string;
  pipeline: string;
  code: string;
  detail: string;
  at: string;
}

/** What a topic brought. */
export type Notice =
  /** An alarm of CloudWatch changed its state. */
  | {
      kind: "alarm";
      name: string;
      state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
      reason: string;
      description: string;
    }
  | { kind: "alert"; alert: Alert }
  /** Anything else, such as what a person published. */
  | { kind: "text"; subject: string; text: string };

export type Target = "slack" | "pagerDuty";

/** A request that tells one of the targets. `secret` names what its address, or its body, needs. */
export interface Forwarding {
  target: Target;
  secret: "slack_webhook" | "pagerduty_key";
  /** The body of the request, given the secret's value. */
  body(secret: string): unknown;
  /** Where it goes, given the secret's value. */
  url(secret: string): string;
}

/** Longest summary PagerDuty takes; Slack's is longer. */
const summaryMax = 1_024;

/**
 * Whom a notice is forwarded to, and as what. Slack hears all; PagerDuty wakes people, so it hears of errors and
 * of alarms, and when an alarm is over, which ends its incident.
 *
 * @see https://developer.pagerduty.com/docs/send-alert-event
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function planForwarding(notice: Notice, targets: readonly Target[]): Forwarding[] {
  const forwardings: Forwarding[] = [];
  const { text, incident } = wordsOf(notice);
  if (targets.includes("slack")) {
    forwardings.push({
      target: "slack",
      secret: "slack_webhook",
      url: (webhook) => webhook,
      body: () => ({ text: escaped(text) }),
    });
  }
  if (targets.includes("pagerDuty") && incident) {
    forwardings.push({
      target: "pagerDuty",
      secret: "pagerduty_key",
      url: () => "https://events.pagerduty.com/v2/enqueue",
      body: (key) => ({
        routing_key: key,
        event_action: incident.over ? "resolve" : "trigger",
        dedup_key: incident.id,
        ...(!incident.over && {
          payload: {
            summary: text.slice(0, summaryMax),
            source: incident.source,
            severity: incident.severity,
          },
        }),
      }),
    });
  }
  return forwardings;
}

interface Incident {
  /** The same for all notices of one trouble. */
  id: string;
  source: string;
  severity: "error" | "critical";
  over: boolean;
}

function wordsOf(notice: Notice): { text: string; incident: Incident | null } {
  if (notice.kind === "alarm") {
    const { name, state, reason, description } = notice;
    // The first look at a new alarm's metric is no news.
    const isNews = state !== "INSUFFICIENT_DATA";
    return {
      text: `${state}: ${name}\n${reason}\n${description}`.trim(),
      incident: isNews ? { id: name, source: name, severity: "critical", over: state === "OK" } : null,
    };
  }
  if (notice.kind === "alert") {
    const { severity, team, pipeline, code, detail, at } = notice.alert;
    const id = sha256(`${team} ${pipeline} ${code}`).slice(0, 32);
    return {
      text: `${severity.toUpperCase()}: ${team}.${pipeline}: ${code}\n${detail}\n${at}`,
      incident: severity === "error" ? { id, source: `${team}.${pipeline}`, severity, over: false } : null,
    };
  }
  return { text: `${notice.subject}\n${notice.text}`.trim(), incident: null };
}

/** Slack reads `&`, `<` and `>` as its markup; a source's name could otherwise mention the whole channel. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
