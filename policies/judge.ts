/** Runs a rule on a resource: the same for the engine and for tests. */
import { exceptions, settingsOf } from "./config.ts";
import { environmentOf, isUnknown, type Resource, type Stack } from "./resource.ts";
import type { Rule } from "./rule.ts";
import unknowns from "./unknown.json" with { type: "json" };

/** What a rule found. */
export interface Finding {
  rule: string;
  resource: Resource;
  message: string;
}

/** Values that a preview may not know, with the reason. */
export interface AllowedUnknown {
  rule: string;
  type: string;
  /** How the resource's logical name ends. */
  name: string;
  reason: string;
}

/**
 * What a rule finds wrong with one resource.
 *
 * A rule that reads a value which is not known yet cannot judge. Pulumi makes an advice of that and goes on; here
 * it is a finding, unless unknown.json allows it for this rule and type. `up` judges those once they are known.
 */
export function judge(
  rule: Rule,
  resource: Resource,
  stack: Stack,
  allowed: readonly AllowedUnknown[] = unknowns,
): Finding[] {
  const environment = environmentOf(resource.urn);
  if (!concerns(rule, resource) || isExcepted(rule, resource, environment)) return [];
  const findings: Finding[] = [];
  const report = (message: string) => findings.push({ rule: rule.name, resource, message });
  try {
    rule.check(resource, { settings: settingsOf(environment, rule), stack, report });
  } catch (error) {
    if (!isUnknown(error)) throw error;
    if (!allowed.some((each) => allows(each, rule, resource))) {
      report(
        `${couldNotJudge} rule=${rule.name} type=${resource.type} name=${resource.name}: ${error.message}. ` +
          "Render the value from names, or list it in policies/unknown.json with the reason.",
      );
    }
  }
  return findings;
}

/** With what the message of a rule that could not be evaluated begins. */
export const couldNotJudge = "could not be evaluated:";

export function concerns(rule: Rule, { type }: Resource): boolean {
  return rule.types === "all" || rule.types.includes(type);
}

function allows({ rule, type, name }: AllowedUnknown, { name: of }: Rule, resource: Resource): boolean {
  return rule === of && type === resource.type && resource.name.endsWith(name);
}

function isExcepted(rule: Rule, { type, name }: Resource, environment: string): boolean {
  return exceptions(environment).some(
    (each) => each.rule === rule.name && each.type === type && each.name === name,
  );
}
