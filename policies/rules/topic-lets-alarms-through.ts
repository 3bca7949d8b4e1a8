import { resourceDocuments, type Statement, statementsOf } from "../documents.ts";
import { has, isAbout, known, ofType, type Resource, type Stack } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "topic-lets-alarms-through",
  claim: "A topic's key lets the services that alert use it.",
  severity: "critical",
  why: "An alarm to a topic whose key CloudWatch may not use is lost without a word.",
  fix: "Allow each service kms:Decrypt and kms:GenerateDataKey* in the key's policy.",
  provision: {
    source: "Amazon CloudWatch User Guide, alarms and encrypted topics",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
  },
  settings: {
    services: {
      default: ["cloudwatch.amazonaws.com", "events.amazonaws.com"],
      about: "Services that publish to a topic.",
    },
  },
  types: ["aws:sns/topic:Topic"],
  sees: "stack",
  check(topic, { stack, report, settings }) {
    if (!has(topic.props, "kmsMasterKeyId")) return;
    const key = keyOf(topic, stack);
    if (!key) return report("has a key that is not in this stack, so that nobody can tell whom it lets in.");
    const statements = statementsOf(resourceDocuments(key));
    const shutOut = settings.services.filter((service) => !statements.some((each) => letsIn(each, service)));
    if (shutOut.length > 0) report(`has key ${key.name}, which ${shutOut.join(" and ")} may not use.`);
  },
});

function letsIn({ effect, principals, actions }: Statement, service: string): boolean {
  return (
    effect === "Allow" &&
    principals.Service?.includes(service) === true &&
    actions.includes("kms:Decrypt") &&
    actions.some((each) => each === "kms:GenerateDataKey" || each === "kms:GenerateDataKey*")
  );
}

/** The key, by reference, by an alias that is in the stack, or by an ARN that names one. */
function keyOf(topic: Resource, stack: Stack): Resource | undefined {
  const keys = ofType(stack, "aws:kms/key:Key");
  const given = known(() => topic.props.kmsMasterKeyId);
  const aliases = ofType(stack, "aws:kms/alias:Alias").filter(
    (alias) =>
      isAbout(topic, "kmsMasterKeyId", alias) ||
      (typeof given === "string" && given.endsWith(String(known(() => alias.props.name)))),
  );
  return keys.find(
    (key) =>
      isAbout(topic, "kmsMasterKeyId", key) || aliases.some((alias) => isAbout(alias, "targetKeyId", key)),
  );
}
