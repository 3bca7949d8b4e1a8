/** Resources as rules see them, from the program under mocks or written by hand; and a way to break one. */
import { judge } from "../../policies/judge.ts";
import type { Props, Resource } from "../../policies/resource.ts";
import type { Rule } from "../../policies/rule.ts";
import { rules } from "../../policies/rules.ts";
import { programOf, type Registered, registeredBy } from "../infra/program.ts";

/** A resource whose neighbours are URNs, so that a list of them can be copied. */
export interface Plain {
  type: string;
  name: string;
  urn: string;
  parent: string;
  protect: boolean;
  provider: string;
  props: Props;
  propertyDependencies: Record<string, string[]>;
}

const programs = new Map<string, Promise<Plain[]>>();

/** Every resource of the shipped program in an environment. */
export function shipped(environment: string): Promise<Plain[]> {
  const known = programs.get(environment);
  const plain = known ?? programOf(environment).then(({ resources }) => resources.map(plainOf));
  programs.set(environment, plain);
  return plain;
}

/** What a piece of a program registers. */
export async function registered(environment: string, program: () => unknown): Promise<Plain[]> {
  return (await registeredBy(environment, program)).resources.map(plainOf);
}

function plainOf(resource: Registered): Plain {
  const { type, name, urn, parent, protect, provider, inputs, propertyDependencies } = resource;
  return { type, name, urn, parent, protect, provider, props: inputs, propertyDependencies };
}

/** A copy to break: what it changes nobody else sees. */
export class Registry {
  readonly all: Plain[];

  constructor(plain: readonly Plain[]) {
    this.all = plain.map((each) => copied(each) as Plain);
  }

  /** The first resource of a type that meets a condition. @throws {NotThere} where there is none */
  find(type: string, where: (resource: Plain) => boolean = () => true): Plain {
    const found = this.all.find((each) => each.type === type && where(each));
    if (!found) throw new NotThere(type);
    return found;
  }

  /** A resource beside another one: of its parent and provider. */
  add(beside: Plain, type: string, name: string, props: Props): Plain {
    const added = {
      ...beside,
      ...{ type, name, props, urn: `${beside.urn}-${name}` },
      propertyDependencies: {},
      protect: false,
    };
    this.all.push(added);
    return added;
  }

  remove(resource: Plain): void {
    this.all.splice(this.all.indexOf(resource), 1);
  }

  resources(): Resource[] {
    const made = new Map<string, Resource>(
      this.all.map(({ type, name, urn, props, protect }) => [
        urn,
        { type, name, urn, props, opts: { protect } },
      ]),
    );
    for (const { urn, parent, provider, propertyDependencies } of this.all) {
      const resource = made.get(urn);
      if (!resource) continue;
      resource.parent = made.get(parent);
      resource.provider = made.get(provider.slice(0, provider.lastIndexOf("::")));
      resource.propertyDependencies = Object.fromEntries(
        Object.entries(propertyDependencies).map(([property, urns]) => [
          property,
          urns.flatMap((each) => made.get(each) ?? []),
        ]),
      );
    }
    return [...made.values()];
  }

  /** What rules find, as `rule: name: message`. */
  findings(by: readonly Rule[] = rules): { rule: string; name: string; message: string }[] {
    const resources = this.resources();
    return by.flatMap((rule) =>
      resources.flatMap((resource) =>
        judge(rule, resource, { resources: rule.sees === "stack" ? resources : [] }).map(
          ({ rule, message }) => ({ rule, name: resource.name, message }),
        ),
      ),
    );
  }
}

export class NotThere extends Error {}

/** Plain objects and lists anew; assets and archives as they are. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)]));
}
