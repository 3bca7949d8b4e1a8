import { isObject, type Props } from "../../../policies/resource.ts";
import type { Plain, Registry } from "../registry.ts";

/** Breaks one thing in a copy of a program. @throws {NotThere} where the program has nothing of the kind */
export type Mutant = (registry: Registry) => void;

/** Sets a property of the first resource of a type; `undefined` takes it away. */
export function setting(
  type: string,
  property: string,
  value: unknown,
  where?: (resource: Plain) => boolean,
): Mutant {
  return (registry) => {
    const { props } = registry.find(type, where);
    const keys = property.split(".");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<Props>((here, key) => {
      if (!isObject(here[key]) && !Array.isArray(here[key])) here[key] = {};
      return here[key] as Props;
    }, props);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  };
}

/** Takes the first resource of a type away. */
export function without(type: string, where?: (resource: Plain) => boolean): Mutant {
  return (registry) => registry.remove(registry.find(type, where));
}

/** Adds a resource beside the first one of a type. */
export function adding(beside: string, type: string, props: Props = {}): Mutant {
  return (registry) => {
    registry.add(registry.find(beside), type, "mutant", props);
  };
}

/** Changes the first policy of a type. */
export function statements(
  type: string,
  property: string,
  change: (statements: Props[]) => void,
  where: (statements: Props[]) => boolean = () => true,
): Mutant {
  return (registry) => {
    const read = ({ props }: Plain): Props[] => JSON.parse(String(props[property])).Statement;
    const found = registry.find(
      type,
      (each) => typeof each.props[property] === "string" && where(read(each)),
    );
    const all = read(found);
    change(all);
    found.props[property] = JSON.stringify({ Version: "2012-10-17", Statement: all });
  };
}

/** Adds a statement to the first policy of a type. */
export function allowing(type: string, property: string, statement: Props): Mutant {
  return statements(type, property, (all) => {
    all.push({ Sid: "Mutant", Effect: "Allow", ...statement });
  });
}
