/** The order of a project's nodes, and which of them are meant. */
import type { DbtNode, Project } from "./project.ts";
import { invalid, unsupported } from "./unsupported.ts";

/** One node to build and the tests that can be run then; the first step may be tests of sources alone. */
export interface Step {
  node: string | null;
  tests: string[];
}

/**
 * Steps in an order in which everything a node is made of comes before it, by name where there is a choice.
 *
 * @throws {FirnError} `model.invalid` for a cycle, told with its way
 */
export function planSteps(project: Project, chosen: ReadonlySet<string>): Step[] {
  const steps: Step[] = [{ node: null, tests: [] }];
  const placed = new Map<string, number>();
  const order = sorted(project).filter(({ id }) => chosen.has(id));
  for (const { id, resource, config } of order) {
    if (resource === "test" || config.materialized === "ephemeral") continue;
    placed.set(id, steps.push({ node: id, tests: [] }) - 1);
  }
  for (const node of order) {
    if (node.resource !== "test") continue;
    const at = Math.max(0, ...[...upstream(project, node)].map((id) => placed.get(id) ?? 0));
    steps[at]?.tests.push(node.id);
  }
  return steps.filter(({ node, tests }) => node !== null || tests.length > 0);
}

/**
 * Unique ids that selectors choose: `name`, `tag:x`, with `+` before it for all upstream, after it for all
 * downstream. Without a selector, all. A test comes with any of the nodes it is on, as in dbt.
 */
export function choose(project: Project, select: readonly string[], exclude: string[] = []): Set<string> {
  const all = [...project.nodes.values()];
  const chosen = new Set<string>(select.length === 0 ? project.nodes.keys() : select.flatMap(meant));
  for (const id of exclude.flatMap(meant)) chosen.delete(id);
  for (const { id, resource, dependsOn } of all) {
    if (resource === "test" && dependsOn.some((each) => chosen.has(each))) chosen.add(id);
  }
  return chosen;

  function meant(selector: string): string[] {
    const [, up, method = "name", name = "", down] =
      /^(\+?)(?:(\w+):)?([^+:,@*]+)(\+?)$/.exec(selector) ?? [];
    if (name === "" || !["name", "tag"].includes(method))
      throw unsupported(`the selector "${selector}"`, "", "It knows name, +name, name+ and tag:name.");
    const of = (node: DbtNode) => (method === "tag" ? node.config.tags.includes(name) : node.name === name);
    const ids = all.filter(of).map(({ id }) => id);
    if (ids.length === 0) throw invalid(selector, "Nothing has that name or tag.", "Mend it.");
    const above = up ? all.filter(of).flatMap((node) => [...upstream(project, node)]) : [];
    const below = down ? all.filter((node) => ids.some((id) => upstream(project, node).has(id))) : [];
    return [...ids, ...above, ...below.map(({ id }) => id)];
  }
}

/** All that a node is made of. */
export function upstream(
  project: Pick<Project, "nodes">,
  node: DbtNode,
  seen = new Set<string>(),
): Set<string> {
  for (const id of node.dependsOn) {
    const next = seen.has(id) ? undefined : project.nodes.get(id);
    seen.add(id);
    if (next) upstream(project, next, seen);
  }
  return seen;
}

function sorted({ nodes }: Project): DbtNode[] {
  const order = new Set<DbtNode>();
  const visit = (id: string, way: string[]) => {
    const node = nodes.get(id);
    if (!node || order.has(node)) return;
    if (way.includes(id)) {
      const circle = [...way.slice(way.indexOf(id)), id].map((each) => nodes.get(each)?.name);
      throw invalid(node.path, `Models form a cycle: ${circle.join(" -> ")}.`, "Take one ref() out.");
    }
    for (const next of node.dependsOn) visit(next, [...way, id]);
    order.add(node);
  };
  for (const id of [...nodes.keys()].sort()) visit(id, []);
  return [...order];
}
