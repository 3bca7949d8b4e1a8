/** What an update would change, and which of it the provider can only do by making the resource anew. */
import { isDeepStrictEqual } from "node:util";
import { isReplacing, objectOf, type PropertySpec, type ProviderSchema } from "./schema.ts";
import { bare, given, isObject, type Properties } from "./values.ts";

export interface Change {
  property: string;
  kind: "add" | "delete" | "update";
  replaces: boolean;
}

export function diffResource(
  schema: ProviderSchema,
  type: string,
  olds: Properties,
  news: Properties,
): Change[] {
  const specs = schema.resources[type]?.inputProperties ?? {};
  return changesOf(schema, specs, given(olds), given(news));
}

/**
 * Whether a replacement must delete first: a name that the program gives can be taken only once.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/options/deletebeforereplace/
 */
export function deletesFirst(schema: ProviderSchema, type: string, news: Properties): boolean {
  return schema.resources[type]?.inputProperties.name !== undefined && !isAutoNamed(news);
}

/** The bridge notes which properties it filled in itself. */
export function isAutoNamed(inputs: Properties): boolean {
  return Array.isArray(inputs.__defaults) && inputs.__defaults.includes("name");
}

function changesOf(
  schema: ProviderSchema,
  specs: Record<string, PropertySpec>,
  olds: Properties,
  news: Properties,
  path = "",
  isReplacedWhole = false,
): Change[] {
  return [...new Set([...Object.keys(olds), ...Object.keys(news)])].flatMap((name) => {
    const [before, after] = [olds[name], news[name]].map((value) =>
      value === undefined ? undefined : bare(value),
    );
    if (isDeepStrictEqual(before, after)) return [];
    const spec = specs[name] ?? {};
    const replaces = isReplacedWhole || isReplacing(spec);
    const nested = objectOf(schema, spec);
    if (nested && isObject(before) && isObject(after)) {
      return changesOf(schema, nested.properties, given(before), given(after), `${path}${name}.`, replaces);
    }
    const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
    return [{ property: path + name, kind, replaces }];
  });
}
