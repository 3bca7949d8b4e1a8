/** Tests declared in YAML: what each is called and given. */
import { createHash } from "node:crypto";
import { isMapping, type Layer } from "./config.ts";
import type { TestEntry } from "./properties.ts";
import { invalid } from "./unsupported.ts";

/** What a test is declared on: a node or a source's table, or a column of it. */
export interface Tested {
  path: string;
  /** In the test's name: the node's, or `source_table`. */
  name: string;
  /** A call of ref or source. */
  model: string;
  ofSource: boolean;
  column: string | null;
}

export interface DeclaredTest {
  /** The macro's name without `test_`, such as not_null or dbt_utils.accepted_range. */
  kind: string;
  name: string;
  arguments: Layer;
  config: Layer;
}

const configKeys =
  "severity where tags meta enabled limit fail_calc warn_if error_if store_failures store_failures_as schema database alias".split(
    " ",
  );

export function declaredTest(entry: TestEntry, on: Tested): DeclaredTest {
  const { kind, given } = kindOf(entry, on.path);
  const { name, description: _, config, arguments: nested, ...rest } = given;
  const layer = isMapping(config) ? { ...config } : {};
  const args: Layer = isMapping(nested) ? { ...nested } : {};
  for (const [key, value] of Object.entries(rest)) (configKeys.includes(key) ? layer : args)[key] = value;
  if (on.column !== null) args.column_name = on.column;
  return {
    kind,
    name: typeof name === "string" ? name : testName(kind, on, args),
    arguments: args,
    config: layer,
  };
}

function kindOf(entry: TestEntry, path: string): { kind: string; given: Layer } {
  if (typeof entry === "string") return { kind: entry, given: {} };
  const { test_name: kindGiven, ...rest } = entry;
  if (typeof kindGiven === "string") return { kind: kindGiven, given: rest };
  const [[kind, given] = ["", null], ...more] = Object.entries(entry);
  if (more.length === 0 && kind !== "") return { kind, given: isMapping(given) ? given : {} };
  throw invalid(path, "A test has more than one name.", "Indent its arguments below its name.");
}

/** dbt's name: the kind, what it is on and all arguments; beyond 63 characters its hash stands for the rest. */
function testName(kind: string, on: Tested, args: Layer): string {
  const [own = "", namespace] = kind.split(".").reverse();
  const identifier = `${namespace ? `${namespace}_` : ""}${on.ofSource ? "source_" : ""}${own}_${on.name}`;
  const values = Object.keys(args)
    .sort()
    .flatMap((name) => (isMapping(args[name]) ? Object.values(args[name]) : [args[name]].flat()));
  const full = `${identifier}_${values.map((value) => pythonText(value).replaceAll(/[^0-9a-zA-Z_]+/g, "_")).join("__")}`;
  return full.length < 64
    ? full
    : `${identifier.slice(0, 30)}_${createHash("md5").update(full).digest("hex")}`;
}

function pythonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : String(value);
}
