/** The YAML of a dbt project, checked: what is known of its models, snapshots, seeds and sources. */
import { parse, type Tags } from "yaml";
import { z } from "zod";
import { invalid, unsupported } from "./unsupported.ts";

const mapping = z.record(z.string(), z.unknown());
const tests = z.array(z.union([z.string(), mapping])).default([]);
const described = {
  ...{ name: z.string(), description: z.string().default(""), docs: z.unknown().optional() },
  ...{ meta: mapping.optional(), tags: z.union([z.string(), z.array(z.string())]).optional() },
};
const tested = { ...described, tests, data_tests: tests };
const column = z.strictObject({
  ...{ ...tested, data_type: z.string().optional(), quote: z.literal(false).optional() },
  config: z.strictObject({ meta: mapping.optional(), tags: described.tags }).optional(),
});
const columns = z
  .array(column)
  .nullish()
  .transform((all) => all ?? []);
const built = { config: mapping.default({}), relation: z.string().optional() };
const resource = z.strictObject({ ...tested, ...built, columns });
const table = z.strictObject({ ...tested, identifier: z.string().optional(), columns });
const database = { database: z.string().optional(), schema: z.string().optional() };
const resources = z.array(resource).default([]);
const properties = z.strictObject({
  version: z.unknown().optional(),
  ...{ models: resources, snapshots: resources, seeds: resources, data_tests: resources },
  sources: z.array(z.strictObject({ ...described, ...database, tables: z.array(table) })).default([]),
  /** Of macros only their words are told here. */
  macros: z.unknown().optional(),
});
export type Properties = z.infer<typeof properties> & { path: string };
export type ResourceProperties = z.infer<typeof resource>;
export type ColumnProperties = z.infer<typeof column>;
export type TestEntry = string | Record<string, unknown>;

const ignored =
  "version config-version profile require-dbt-version flags clean-targets target-path log-path packages-install-path analysis-paths";
const standing = (name: string) => z.tuple([z.literal(name)]).optional();
const tree = mapping.nullish().transform((all) => all ?? {});
const projectFile = z.strictObject({
  name: z.string().regex(/^\w+$/, "must hold only letters, digits and _"),
  ...Object.fromEntries(ignored.split(" ").map((name) => [name, z.unknown().optional()])),
  ...{
    "model-paths": standing("models"),
    "macro-paths": standing("macros"),
    "seed-paths": standing("seeds"),
  },
  ...{ "test-paths": standing("tests"), "snapshot-paths": standing("snapshots") },
  ...{ vars: tree, models: tree, seeds: tree, snapshots: tree, tests: tree, data_tests: tree },
});
export type ProjectFile = z.infer<typeof projectFile>;

export function parseProjectFile(text: string): ProjectFile {
  return checked(projectFile, "dbt_project.yml", text);
}

/** @throws {FirnError} `model.unsupported` for a key Firn does not run, `model.invalid` with the line */
export function parseProperties(path: string, text: string): Properties {
  return { ...checked(properties, path, text), path };
}

function checked<T>(schema: z.ZodType<T>, path: string, text: string): T {
  const parsed = schema.safeParse(parseYaml(path, text) ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys")
    throw unsupported(`"${[...issue.path, issue.keys[0]].join(".")}"`, path);
  throw invalid(path, `"${issue?.path.join(".")}" is wrong: ${issue?.message}.`, "Mend it.");
}

/** YAML 1.1, as dbt's parser reads it: y and n are texts. */
const customTags = (tags: Tags): Tags =>
  tags.map((tag) =>
    typeof tag === "object" && tag.tag === "tag:yaml.org,2002:bool" && tag.test
      ? { ...tag, test: new RegExp(tag.test.source.replace(/(Y\|y|N\|n)\|/, "")) }
      : tag,
  ) as Tags;

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text, { version: "1.1", customTags });
  } catch (cause) {
    const { linePos, message } = cause as { linePos?: [{ line: number }]; message: string };
    const at = `${path}:${linePos?.[0].line ?? 1}`;
    throw invalid(at, `This is no YAML: ${message.split("\n")[0]}`, "Mend the line named.", cause);
  }
}
