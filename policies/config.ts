/**
 * What differs by environment: `config/<environment>.json`, by the stack's name. A stack without a file, and a
 * setting that is not given, is held to what production is.
 */
import dev from "./config/dev.json" with { type: "json" };
import large from "./config/large.json" with { type: "json" };
import prod from "./config/prod.json" with { type: "json" };
import staging from "./config/staging.json" with { type: "json" };
import type { Rule, Value } from "./rule.ts";

export interface Configuration {
  /** Values by rule and setting. */
  settings?: Record<string, Record<string, Value>>;
  exceptions?: Exception[];
}

/** One resource that one rule leaves alone. */
export interface Exception {
  rule: string;
  /** The resource's type and logical name, both whole: an exception is never a pattern. */
  type: string;
  name: string;
  reason: string;
}

export const configurations: Record<string, Configuration> = { dev, staging, prod, large };

/** A rule's settings in an environment. */
export function settingsOf(environment: string, rule: Rule): Record<string, Value> {
  return {
    ...Object.fromEntries(Object.entries(rule.settings).map(([key, setting]) => [key, setting.default])),
    ...configurations[environment]?.settings?.[rule.name],
  };
}

export function exceptions(environment: string): readonly Exception[] {
  return configurations[environment]?.exceptions ?? [];
}

/**
 * Everything that is wrong with a configuration, a sentence each. Pulumi takes a name that no rule has, and a rule
 * that was misspelt would be off without a word: the pack refuses to start.
 */
export function problemsWith(environment: string, configuration: unknown, rules: readonly Rule[]): string[] {
  const file = `policies/config/${environment}.json`;
  if (!isRecord(configuration)) return [`${file} is not an object.`];
  const { settings = {}, exceptions = [], ...rest } = configuration;
  return [
    ...Object.keys(rest).map((key) => `${file} has "${key}"; it may have settings and exceptions.`),
    ...(isRecord(settings)
      ? Object.entries(settings).flatMap(inSettings)
      : [`${file}: settings is no object.`]),
    ...(Array.isArray(exceptions) ? exceptions.flatMap(inException) : [`${file}: exceptions is no list.`]),
  ];

  function inSettings([name, values]: [string, unknown]): string[] {
    const rule = rules.find((each) => each.name === name);
    if (!rule) return [`${file} sets ${name}, which is no rule.`];
    if (!isRecord(values)) return [`${file}: the settings of ${name} are no object.`];
    return Object.entries(values).flatMap(([key, value]) => {
      const setting = rule.settings[key];
      if (!setting) return [`${file} sets ${name}.${key}, which the rule does not have.`];
      return kindOf(value) === kindOf(setting.default)
        ? []
        : [`${file}: ${name}.${key} is a ${kindOf(value)}, and must be a ${kindOf(setting.default)}.`];
    });
  }

  function inException(exception: unknown, index: number): string[] {
    const place = `${file}: exceptions[${index}]`;
    if (!isRecord(exception)) return [`${place} is no object.`];
    const keys = ["rule", "type", "name", "reason"];
    return [
      ...keys
        .filter((key) => typeof exception[key] !== "string" || exception[key] === "")
        .map((key) => `${place} has no ${key}.`),
      ...Object.keys(exception)
        .filter((key) => !keys.includes(key))
        .map((key) => `${place} has "${key}", which no exception has.`),
      ...(rules.some(({ name }) => name === exception.rule)
        ? []
        : [`${place} names ${String(exception.rule)}, which is no rule.`]),
    ];
  }
}

/** What a setting may be: a list of strings, or a plain value. */
function kindOf(value: unknown): string {
  if (!Array.isArray(value)) return typeof value;
  return value.every((each) => typeof each === "string") ? "list of strings" : "list";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
