/** Tests declared in YAML: what each is called and given. */
import { createHash } from "node:crypto";
import { isMapping, type Layer } from "./config.ts";
import type { TestEntry } from "./properties.ts";
import { invalid } from "./unsupported.ts";

/** A test as declared on a model, a source or a column of it. */
export interface DeclaredTest {
  /** The macro, such as not_null or dbt_utils.accepted_range. */
  kind: string;
  name: string;
  arguments: Layer;
  config: Layer;
  description?: string;
}

const configKeys = [
  "severity",
  "where",
  "tags",
  "meta",
  "enabled",
  "limit",
  "fail_calc",
  "warn_if",
  "error_if",
  "store_failures",
  "store_failures_as",
  "schema",
  "database",
  "alias",
];

/** @param on the model's name, or `source_table` for a source's */
export function declaredTest(
  entry: TestEntry,
  on: string,
  column: string | null,
  path: string,
  ofSource: boolean,
): DeclaredTest {
  const { kind, given } = named(entry, path);
  const { name, description, config, arguments: nested, ...rest } = given;
  const layer = isMapping(config) ? { ...config } : {};
  const args: Layer = isMapping(nested) ? { ...nested } : {};
  for (const [key, value] of Object.entries(rest)) (configKeys.includes(key) ? layer : args)[key] = value;
  if (column !== null) args.column_name = column;
  return {
    kind,
    name:
      typeof name === "string"
        ? name
        : testName(
            kind.replace(/^(?:(\w+)\.)?/, (_, of) => `${of ? `${of}_` : ""}${ofSource ? "source_" : ""}`),
            on,
            args,
          ),
    arguments: args,
    config: layer,
    ...(typeof description === "string" && { description }),
  };
}

function named(entry: TestEntry, path: string): { kind: string; given: Layer } {
  if (typeof entry === "string") return { kind: entry, given: {} };
  if (typeof entry.test_name === "string") {
    const { test_name, ...given } = entry;
    return { kind: test_name, given };
  }
  const [[kind, given] = ["", null], ...more] = Object.entries(entry);
  if (more.length === 0 && kind !== "") return { kind, given: isMapping(given) ? given : {} };
  throw invalid(
    path,
    "A test has more than one name.",
    "Each entry of data_tests is a name, or one name with its arguments.",
    "Indent the arguments below the name.",
  );
}

/** dbt's name: the kind, the model and all arguments; beyond 63 characters its hash stands for the rest. */
function testName(kind: string, on: string, args: Layer): string {
  const parts = Object.keys(args)
    .sort()
    .flatMap((name) => {
      const value = args[name];
      return (Array.isArray(value) ? value : isMapping(value) ? Object.values(value) : [value]).map(
        pythonText,
      );
    });
  const full = `${kind}_${on}_${parts.map((part) => part.replaceAll(/[^0-9a-zA-Z_]+/g, "_")).join("__")}`;
  return full.length < 64
    ? full
    : `${kind}_${on}`.slice(0, 30).concat("_", createHash("md5").update(full).digest("hex"));
}

function pythonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : String(value);
}
