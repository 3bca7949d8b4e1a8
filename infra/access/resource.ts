/** How a program's registered resources are read: by type, by what they refer to, and whose they are. */
import { arn, platformOwner, type Site } from "../names.ts";

/** A registered resource, as far as access goes. */
export interface Resource {
  type: string;
  /** Its logical name, which begins with its team's. */
  name: string;
  inputs: Record<string, unknown>;
  urn?: string;
  propertyDependencies?: Record<string, string[]>;
}

export interface Reader {
  all(type: string): Resource[];
  /** Whose it is, by its logical name. */
  owner(resource: Resource): string;
  /** The one resource that a property comes from; undefined where it holds its value itself. */
  refer(resource: Resource, property: string): Resource | undefined;
  /** The ARN in a property, which mocks do not spell as AWS does. */
  arnOf(site: Site, resource: Resource, property: string): string;
}

/** Services and words before the name in an ARN, by type. */
const arns: Record<string, [service: string, word: string]> = {
  "aws:sqs/queue:Queue": ["sqs", ""],
  "aws:sns/topic:Topic": ["sns", ""],
  "aws:lambda/function:Function": ["lambda", "function:"],
  "aws:sfn/stateMachine:StateMachine": ["states", "stateMachine:"],
  "aws:iam/role:Role": ["iam", "role/"],
};

export function reader(resources: readonly Resource[], teams: readonly string[]): Reader {
  const byUrn = new Map(resources.flatMap((each) => (each.urn ? [[each.urn, each] as const] : [])));
  const longestFirst = [...teams].sort((a, b) => b.length - a.length);
  const refer = (resource: Resource, property: string) => {
    const found = (resource.propertyDependencies?.[property] ?? []).flatMap((urn) => byUrn.get(urn) ?? []);
    return found.length === 1 ? found[0] : undefined;
  };
  return {
    all: (type) => resources.filter((each) => each.type === type),
    owner: ({ name }) =>
      longestFirst.find((team) => name === team || name.startsWith(`${team}-`)) ?? platformOwner,
    refer,
    arnOf(site, resource, property) {
      const found = refer(resource, property);
      const [service, word] = arns[found?.type ?? ""] ?? [];
      return found && service !== undefined
        ? arn(site, service, `${word}${String(found.inputs.name ?? found.name)}`)
        : String(resource.inputs[property] ?? "");
    },
  };
}
