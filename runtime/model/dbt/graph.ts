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
  const order = sorted(project);
  for (const node of order) {
    if (node.resource === "test" || node.config.materialized === "ephemeral" || !chosen.has(node.id))
      continue;
    placed.set(node.id, steps.push({ node: node.id, tests: [] }) - 1);
  }
  for (const node of order) {
    if (node.resource !== "test" || !chosen.has(node.id)) continue;
    const at = Math.max(0, ...[...upstream(project, node)].map((id) => placed.get(id) ?? 0));
    steps[at]?.tests.push(node.id);
  }
  return steps.filter(({ node, tests }) => node !== null || tests.length > 0);
}

/**
 * Unique ids that selectors choose: `name`, `tag:x`, with `+` before it for all upstream, after it for all
 * downstream. Without a selector, all. Tests come with the nodes they are on.
 */
export function choose(
  project: Project,
  select: readonly string[],
  exclude: readonly string[] = [],
): Set<string> {
  const { nodes } = project;
  const all = [...nodes.values()];
  const chosen =
    select.length === 0 ? new Set(nodes.keys()) : new Set(select.flatMap((each) => [...meant(each)]));
  for (const each of exclude) for (const id of meant(each)) chosen.delete(id);
  for (const node of all) {
    if (node.resource !== "test" || chosen.has(node.id)) continue;
    const on = node.dependsOn.filter((id) => nodes.has(id));
    if (on.length > 0 && on.every((id) => chosen.has(id))) chosen.add(node.id);
  }
  return chosen;

  function meant(selector: string): Set<string> {
    const [, up, method = "", name = "", down] = /^(\+?)(?:(\w+):)?([^+:,@*]+)(\+?)$/.exec(selector) ?? [];
    if (name === "" || !["", "tag"].includes(method))
      throw unsupported(`the selector "${selector}"`, "It knows name, +name, name+ and tag:name.");
    const named = all.filter((node) =>
      method === "tag" ? node.config.tags.includes(name) : node.name === name,
    );
    if (named.length === 0)
      throw invalid(
        selector,
        "No node is meant.",
        "Nothing has that name or tag.",
        "Mend it: firn build --list names all.",
      );
    const ids = new Set(named.map(({ id }) => id));
    if (up) for (const node of named) for (const id of upstream(project, node)) ids.add(id);
    if (down)
      for (const node of all)
        if ([...upstream(project, node)].some((id) => named.some((one) => one.id === id))) ids.add(node.id);
    return ids;
  }
}

/** All that a node is made of. */
export function upstream({ nodes }: Project, node: DbtNode, seen = new Set<string>()): Set<string> {
  for (const id of node.dependsOn) {
    if (seen.has(id)) continue;
    seen.add(id);
    const next = nodes.get(id);
    if (next) upstream({ nodes } as Project, next, seen);
  }
  return seen;
}

function sorted({ nodes }: Project): DbtNode[] {
  const done = new Set<string>();
  const order: DbtNode[] = [];
  const visit = (id: string, way: string[]) => {
    const node = nodes.get(id);
    if (!node || done.has(id)) return;
    if (way.includes(id)) {
      const circle = [...way.slice(way.indexOf(id)), id].map((each) => nodes.get(each)?.name).join(" -> ");
      throw invalid(
        node.path,
        `Models form a cycle: ${circle}.`,
        "None of them could be built first.",
        "Take one ref() out.",
      );
    }
    for (const next of node.dependsOn) visit(next, [...way, id]);
    done.add(id);
    order.push(node);
  };
  for (const id of [...nodes.keys()].sort()) visit(id, []);
  return order;
}
