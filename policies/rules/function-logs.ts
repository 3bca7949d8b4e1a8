import { at, known, namesOf, ofType, type Resource, type Stack } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "function-logs",
  claim: "A function writes to a log group that is declared.",
  severity: "medium",
  why: "Lambda makes one itself otherwise, without an end and without tags.",
  fix: "Declare a LogGroup named /aws/lambda/<function>, or name one in loggingConfig.logGroup.",
  provision: {
    source: "AWS Well-Architected OPS04-BP02",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
  },
  types: ["aws:lambda/function:Function"],
  sees: "stack",
  check(fn, { stack, report }) {
    if (!logGroupsOf(fn, stack)) report("has no log group of its own.");
  },
});

function logGroupsOf(fn: Resource, stack: Stack): boolean {
  const group =
    known(() => at(fn.props, "loggingConfig").logGroup) ??
    `/aws/lambda/${String(known(() => fn.props.name))}`;
  return ofType(stack, "aws:cloudwatch/logGroup:LogGroup").some(
    (each) =>
      namesOf(each).includes(String(group)) ||
      fn.propertyDependencies?.loggingConfig?.some(({ urn }) => urn === each.urn),
  );
}
