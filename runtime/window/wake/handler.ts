import { z } from "zod";
import { openExecutions } from "#worlds/aws";
import { configuredHandler, type Edge } from "#worlds/edge";
import type { Wakeup } from "./plan.ts";
import { type Message, runWake } from "./run.ts";

const sqsEvent = z.looseObject({
  Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })),
});

/** What a schedule sends. @see infra/schedules/plan.ts */
const fired = z.strictObject({ pipeline: z.string(), scheduledAt: z.iso.datetime() });

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const created = z.looseObject({
  "detail-type": z.literal("Object Created"),
  detail: z.looseObject({
    bucket: z.looseObject({ name: z.string() }),
    object: z.looseObject({
      key: z.string(),
      "version-id": z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const ended = z.looseObject({
  "detail-type": z.literal("Step Functions Execution Status Change"),
  detail: z.looseObject({ executionArn: z.string(), status: z.literal("SUCCEEDED") }),
});

const wakeup = z.union([
  fired.transform((of): Wakeup => ({ kind: "schedule", ...of })),
  created.transform(({ detail: { bucket, object } }): Wakeup => {
    // Delivered at least once: bucket, key, version and sequencer tell one arrival from another.
    const delivery = [bucket.name, object.key, object["version-id"], object.sequencer].join(" ");
    return { kind: "file", key: object.key, delivery };
  }),
  ended.transform(({ detail }): Wakeup => ({ kind: "run", execution: detail.executionArn })),
]);

/**
 * Starts executions for what the team's queue brings. Answers with the messages to bring again: those that
 * cannot be read end as dead letters, and do not keep the others back.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function wakeHandler(edge: Edge & { openExecutions: typeof openExecutions }) {
  return configuredHandler(edge, async (event, { team, release, ports }) => {
    const messages: Message[] = [];
    const unread: string[] = [];
    for (const { messageId: id, body } of sqsEvent.parse(event).Records) {
      const read = wakeup.safeParse(jsonOf(body));
      if (read.success) messages.push({ id, wakeup: read.data });
      else unread.push(id);
    }
    const inbox = inboxOf(ports.environment.connections);
    const { failed, errors } = await runWake(
      { team, release, inbox },
      messages,
      ports,
      await edge.openExecutions(),
    );
    for (const error of errors) console.error(error);
    return { batchItemFailures: [...unread, ...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  });
}

/** Starts executions for schedules that fired, files that arrived, and gold after a run. */
export const handler = wakeHandler({ openExecutions });

/** Folders of the inbox by connection. */
function inboxOf(connections: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(connections).flatMap(([name, address]) =>
      address.startsWith("inbox:") ? [[name, address.slice("inbox:".length)]] : [],
    ),
  );
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
