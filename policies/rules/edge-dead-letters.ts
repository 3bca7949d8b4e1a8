import { at, has, isAbout, known, namesOf, ofType, type Resource, type Stack } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "edge-dead-letters",
  claim: "What AWS delivers for us and cannot is kept in a dead-letter queue.",
  severity: "high",
  why: "An event that was tried in vain is dropped without a word: a file never loaded, an alert never sent.",
  fix: "Give the target, schedule or subscription a dead-letter queue; the queue of a mapping a redrivePolicy.",
  provision: {
    source: "Amazon EventBridge User Guide, dead-letter queues",
    url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
  },
  types: [
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:scheduler/schedule:Schedule",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
  ],
  sees: "stack",
  check(edge, { stack, report }) {
    if (!isCaught(edge, stack)) report("has no dead-letter queue.");
  },
});

function isCaught(edge: Resource, stack: Stack): boolean {
  const { type, props } = edge;
  if (type === "aws:cloudwatch/eventTarget:EventTarget") return has(at(props, "deadLetterConfig"), "arn");
  if (type === "aws:scheduler/schedule:Schedule") return has(at(props, "target", "deadLetterConfig"), "arn");
  if (type === "aws:sns/topicSubscription:TopicSubscription") {
    // Mail servers and phones are not machines: SNS tries them for hours and has nowhere to put the rest.
    return /^(email|email-json|sms)$/.test(String(props.protocol)) || has(props, "redrivePolicy");
  }
  const queues = ofType(stack, "aws:sqs/queue:Queue").filter((queue) => isQueueOf(edge, queue));
  const redrives = ofType(stack, "aws:sqs/redrivePolicy:RedrivePolicy");
  return queues.some(
    (queue) => has(queue.props, "redrivePolicy") || redrives.some((each) => isAbout(each, "queueUrl", queue)),
  );
}

function isQueueOf(mapping: Resource, queue: Resource): boolean {
  if (isAbout(mapping, "eventSourceArn", queue)) return true;
  const arn = known(() => mapping.props.eventSourceArn);
  return typeof arn === "string" && namesOf(queue).some((name) => arn.endsWith(`:${name}`));
}
