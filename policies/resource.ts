/** What rules see of a resource, and how they find what belongs to it. */

export type Props = Record<string, unknown>;

/** A resource in a preview, an update, or a program under mocks. */
export interface Resource {
  type: string;
  name: string;
  urn: string;
  /** Reading a value that is not known in a preview throws; whether it is there can always be asked: `has`. */
  props: Props;
  opts: { protect: boolean };
  provider?: { type: string; props: Props } | undefined;
  /** Known to rules that see the stack. */
  parent?: Resource | undefined;
  /** What each property refers to; known to rules that see the stack. */
  propertyDependencies?: Record<string, readonly Resource[]> | undefined;
}

/** All resources of a stack; empty for rules that see one resource. */
export interface Stack {
  resources: readonly Resource[];
}

/** The component of a team. It registers what the team declares, and so what rules may expect of it. */
export const teamType = "firn:infra:TeamPlatform";

/** Whether a property is given, known or not. */
export function has(props: Props, key: string): boolean {
  const value = Object.getOwnPropertyDescriptor(props, key)?.value;
  return value !== undefined && value !== null && value !== "";
}

/** The object at a property, or one with nothing in it. */
export function at(props: unknown, ...path: string[]): Props {
  let here = isObject(props) ? props : {};
  for (const key of path) here = isObject(here[key]) ? here[key] : {};
  return here;
}

/** The objects in a list; a single object counts as a list of one, as some resources are written so. */
export function list(value: unknown): Props[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

/** The strings in a list, or the one string. */
export function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");
}

export function isObject(value: unknown): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function ofType(stack: Stack, ...types: string[]): Resource[] {
  return stack.resources.filter(({ type }) => types.includes(type));
}

/**
 * The resources of a type that are about another one, such as the policies of a bucket.
 *
 * They are found by what their property refers to, since ids are unknown in a preview; or, where they name it by
 * a string that is known, by that.
 */
export function partsOf(stack: Stack, whole: Resource, type: string, property: string): Resource[] {
  return ofType(stack, type).filter((part) => isAbout(part, property, whole));
}

/** Whether a property of one resource means another. */
export function isAbout(part: Resource, property: string, whole: Resource): boolean {
  if (part.propertyDependencies?.[property]?.some(({ urn }) => urn === whole.urn)) return true;
  const value = known(() => part.props[property]);
  return typeof value === "string" && namesOf(whole).includes(value);
}

/** What another resource may call it by. */
export function namesOf({ props }: Resource): string[] {
  return ["name", "bucket", "arn", "id", "url"].flatMap((key) => strings(known(() => props[key])));
}

/** The component of the team that a resource belongs to; undefined for what teams share. */
export function teamOf(resource: Resource): Resource | undefined {
  for (let each: Resource | undefined = resource; each; each = each.parent) {
    if (each.type === teamType) return each;
  }
  return undefined;
}

/** The stack's name, which is the environment's. */
export function environmentOf(urn: string): string {
  return urn.split("::")[0]?.split(":")[2] ?? "";
}

/** A value, or undefined where it is not known in a preview. For joining only: a rule judges what it reads. */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}

/** Whether an error is Pulumi's word for a value that a preview does not know. */
export function isUnknown(error: unknown): error is Error {
  return error instanceof Error && error.message.includes("can't be known during preview");
}
