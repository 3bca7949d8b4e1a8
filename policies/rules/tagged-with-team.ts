import { at, teamOf } from "../resource.ts";
import { rule } from "../rule.ts";
import { taggable } from "../taggable.ts";

export default rule({
  name: "tagged-with-team",
  claim: "What a team has carries the team's name, and its own owner and cost centre.",
  severity: "medium",
  why: "The provider's tags are the environment's: without its own, a team's cost is nobody's.",
  fix: "Pass tags: scope.tags.",
  provision: {
    source: "AWS Well-Architected COST03-BP02",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/cost_monitor_usage_define_attribution.html",
  },
  types: taggable,
  sees: "stack",
  check(resource, { report }) {
    const team = teamOf(resource);
    if (!team) return;
    const tags = at(resource.props, "tags");
    if (tags.Team !== team.name) report(`has the tag Team ${String(tags.Team)}, not ${team.name}.`);
    for (const tag of ["Owner", "CostCenter"]) if (!tags[tag]) report(`has no ${tag} of its own.`);
  },
});
