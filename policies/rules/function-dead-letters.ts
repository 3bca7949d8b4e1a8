import {
  at,
  has,
  isAbout,
  isObject,
  known,
  namesOf,
  ofType,
  type Resource,
  type Stack,
} from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "function-dead-letters",
  claim: "A function has a dead-letter queue where it is invoked asynchronously, and nowhere else.",
  severity: "medium",
  why: "Lambda drops an asynchronous event after two retries; a queue for synchronous calls stays empty and reassures.",
  fix: "Set deadLetterConfig, or an onFailure destination, on what a topic invokes; remove it elsewhere.",
  provision: {
    source: "AWS Lambda, asynchronous invocation",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
  },
  types: ["aws:lambda/function:Function"],
  sees: "stack",
  check(fn, { stack, report }) {
    const caught = hasDeadLetters(fn, stack);
    const asynchronous = isInvokedAsynchronously(fn, stack);
    if (asynchronous && !caught) report("is invoked asynchronously and has no dead-letter queue.");
    if (!asynchronous && caught) report("has a dead-letter queue, and nothing invokes it asynchronously.");
  },
});

function hasDeadLetters(fn: Resource, stack: Stack): boolean {
  const configs = ofType(stack, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig");
  return (
    has(at(fn.props, "deadLetterConfig"), "targetArn") ||
    configs.some(
      (each) => names(each, "functionName", fn) && isObject(at(each.props, "destinationConfig").onFailure),
    )
  );
}

function isInvokedAsynchronously(fn: Resource, stack: Stack): boolean {
  const aliases = ofType(stack, "aws:lambda/alias:Alias").filter((each) => names(each, "functionName", fn));
  const calls = (edge: Resource, property: string) =>
    names(edge, property, fn) || aliases.some((alias) => isAbout(edge, property, alias));
  return (
    ofType(stack, "aws:sns/topicSubscription:TopicSubscription").some((each) => calls(each, "endpoint")) ||
    ofType(stack, "aws:cloudwatch/eventTarget:EventTarget").some((each) => calls(each, "arn")) ||
    ofType(stack, "aws:scheduler/schedule:Schedule").some((each) => calls(each, "target"))
  );
}

/** By what the property refers to, or by an ARN that ends in the function's name, with a version or without. */
function names(part: Resource, property: string, fn: Resource): boolean {
  if (isAbout(part, property, fn)) return true;
  const value = known(() => (property === "target" ? at(part.props, property).arn : part.props[property]));
  return (
    typeof value === "string" &&
    namesOf(fn).some((name) => value.endsWith(`:function:${name}`) || value.includes(`:function:${name}:`))
  );
}
