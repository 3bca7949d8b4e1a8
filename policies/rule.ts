/** What a rule is: plain data and one pure function, so that it can be tried without an engine. */
import type { Resource, Stack } from "./resource.ts";

export type Value = string | number | boolean | readonly string[];

/** A number, name or switch that differs by environment. The default is production's. */
export interface Setting<V extends Value = Value> {
  default: V;
  /** What it bounds, with its unit. */
  about: string;
}

export type Settings<S> = { [K in keyof S]: S[K] extends Setting<infer V> ? Widened<V> : never };
type Widened<V> = V extends string
  ? string
  : V extends number
    ? number
    : V extends boolean
      ? boolean
      : readonly string[];

export interface RuleSpec<S extends Record<string, Setting>> {
  /** The name of its file. */
  name: string;
  /** What holds of every resource that keeps it: a sentence. */
  claim: string;
  severity: "low" | "medium" | "high" | "critical";
  /** What happens, or what it costs, where it does not hold. */
  why: string;
  /** What to change. */
  fix: string;
  /** Where the rule comes from. */
  provision: { source: string; url: string };
  settings?: S;
  /** Types of the resources it judges; `"all"` for whatever there is. */
  types: readonly string[] | "all";
  /**
   * What it sees. `resource`: one resource's inputs, before it is made. `stack`: also what stands beside it, at
   * the end of a preview.
   */
  sees: "resource" | "stack";
  /**
   * Reports what is wrong with one resource. It may read any property: where a value is not known yet, Pulumi
   * throws, and `judge` says so.
   */
  check(resource: Resource, context: Context<Settings<S>>): void;
}

export interface Context<S = Record<string, Value>> {
  settings: S;
  stack: Stack;
  /** Says what is wrong with the resource, in a sentence that names the property. */
  report(message: string): void;
}

/** A rule as the pack and the tests hold it. */
export interface Rule extends Omit<RuleSpec<Record<string, Setting>>, "check" | "settings"> {
  settings: Record<string, Setting>;
  check(resource: Resource, context: Context): void;
}

export function rule<const S extends Record<string, Setting> = Record<never, Setting>>(
  spec: RuleSpec<S>,
): Rule {
  return { settings: {}, ...spec } as unknown as Rule;
}
