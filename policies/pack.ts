/** The pack as Pulumi runs it: `pulumi preview --policy-pack policies`. */
import { type Policies, PolicyPack, type ReportViolation } from "@pulumi/policy";
import { configurations, problemsWith } from "./config.ts";
import { concerns, judge } from "./judge.ts";
import type { Resource } from "./resource.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

const problems = Object.entries(configurations).flatMap(([environment, configuration]) =>
  problemsWith(environment, configuration, rules),
);
if (problems.length > 0) {
  throw new Error(
    `The policies are configured wrongly, so nothing would be held to them.\n${problems.join("\n")}`,
  );
}

new PolicyPack("firn", { policies: policiesOf(rules), enforcementLevel: "mandatory" });

function policiesOf(each: readonly Rule[]): Policies {
  return each.map((rule) => {
    const about = {
      name: rule.name,
      description: rule.claim,
      severity: rule.severity,
      remediationSteps: rule.fix,
      url: rule.provision.url,
    };
    return rule.sees === "resource"
      ? {
          ...about,
          validateResource: (resource, report) => tell(rule, resource, [], report),
        }
      : {
          ...about,
          validateStack: ({ resources }, report) => {
            for (const resource of resources) tell(rule, resource, resources, report);
          },
        };
  });
}

function tell(rule: Rule, resource: Resource, resources: readonly Resource[], report: ReportViolation): void {
  if (!concerns(rule, resource)) return;
  for (const { message } of judge(rule, resource, { resources })) {
    report(`${resource.name}: ${message}\n${rule.why}\nTo fix: ${rule.fix}`, resource.urn);
  }
}
