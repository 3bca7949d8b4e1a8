import { at, isObject, type Props } from "../resource.ts";
import { rule } from "../rule.ts";
import { taggable } from "../taggable.ts";

export default rule({
  name: "tagged",
  claim: "Every resource that takes tags says whose it is and who pays.",
  severity: "medium",
  why: "A bill by team, and the question whose this is, are answered by tags alone.",
  fix: "Pass the environment's provider, whose defaultTags carry them; a team's resources get scope.tags.",
  provision: {
    source: "AWS Well-Architected COST03-BP02",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/cost_monitor_usage_define_attribution.html",
  },
  settings: {
    tags: {
      default: ["Environment", "Platform", "Owner", "CostCenter"],
      about: "Tags that each resource carries, of its own or by its provider.",
    },
  },
  types: taggable,
  sees: "resource",
  check({ props, provider }, { report, settings }) {
    const tags = { ...at(objectOf(provider?.props.defaultTags), "tags"), ...at(props, "tags") };
    const missing = settings.tags.filter((tag) => !tags[tag]);
    if (missing.length > 0) report(`has no ${missing.join(", ")}.`);
  },
});

/** A provider's inputs come as JSON. */
function objectOf(value: unknown): Props {
  if (isObject(value)) return value;
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : {};
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
