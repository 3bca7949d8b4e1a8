/** The YAML of a dbt project, checked: what is known of its models, snapshots, seeds and sources. */
import { parse } from "yaml";
import { z } from "zod";
import { invalid, unsupported } from "./unsupported.ts";

const mapping = z.record(z.string(), z.unknown());
const testEntries = z.array(z.union([z.string(), mapping])).optional();
const described = {
  name: z.string(),
  description: z.string().optional(),
  docs: z.unknown().optional(),
  meta: mapping.optional(),
  tags: z.union([z.string(), z.array(z.string())]).optional(),
  tests: testEntries,
  data_tests: testEntries,
};
const column = z.strictObject({
  ...described,
  data_type: z.string().optional(),
  quote: z.literal(false).optional(),
  config: z.strictObject({ meta: mapping.optional(), tags: described.tags }).optional(),
});
const resource = z.strictObject({
  ...described,
  config: mapping.optional(),
  columns: z.array(column).nullish(),
});
const sourceTable = z.strictObject({
  ...described,
  identifier: z.string().optional(),
  columns: z.array(column).nullish(),
});
const properties = z
  .strictObject({
    version: z.unknown().optional(),
    models: z.array(resource),
    snapshots: z.array(resource.extend({ relation: z.string().optional() })),
    seeds: z.array(resource),
    sources: z.array(
      z.strictObject({
        name: z.string(),
        description: z.string().optional(),
        database: z.string().optional(),
        schema: z.string().optional(),
        meta: mapping.optional(),
        tags: described.tags,
        tables: z.array(sourceTable),
      }),
    ),
    /** Of macros only their words are told here. */
    macros: z.array(z.looseObject({ name: z.string() })),
    data_tests: z.array(resource),
  })
  .partial();

export type Properties = z.infer<typeof properties>;
export type ResourceProperties = z.infer<typeof resource> & { relation?: string | undefined };
export type ColumnProperties = z.infer<typeof column>;
export type TestEntry = string | Record<string, unknown>;

const projectFile = z.strictObject({
  name: z.string().regex(/^\w+$/, "must hold only letters, digits and _"),
  version: z.unknown().optional(),
  "config-version": z.unknown().optional(),
  profile: z.unknown().optional(),
  "require-dbt-version": z.unknown().optional(),
  flags: z.unknown().optional(),
  "clean-targets": z.unknown().optional(),
  "target-path": z.unknown().optional(),
  "log-path": z.unknown().optional(),
  "packages-install-path": z.unknown().optional(),
  "model-paths": z.tuple([z.literal("models")]).optional(),
  "macro-paths": z.tuple([z.literal("macros")]).optional(),
  "seed-paths": z.tuple([z.literal("seeds")]).optional(),
  "test-paths": z.tuple([z.literal("tests")]).optional(),
  "snapshot-paths": z.tuple([z.literal("snapshots")]).optional(),
  "analysis-paths": z.unknown().optional(),
  vars: mapping.default({}),
  models: mapping.default({}),
  seeds: mapping.default({}),
  snapshots: mapping.default({}),
  tests: mapping.optional(),
  data_tests: mapping.optional(),
});
export type ProjectFile = z.infer<typeof projectFile>;

export function parseProjectFile(text: string): ProjectFile {
  return checked(projectFile, "dbt_project.yml", text);
}

/** @throws {FirnError} `model.unsupported` for a key Firn does not run, `model.invalid` with the line */
export function parseProperties(path: string, text: string): Properties {
  return checked(properties, path, text);
}

function checked<T>(schema: z.ZodType<T>, path: string, text: string): T {
  const parsed = schema.safeParse(parseYaml(path, text) ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = (issue?.path ?? []).join(".");
  if (issue?.code === "unrecognized_keys")
    throw unsupported(`"${[...issue.path, issue.keys[0]].join(".")}"`, "", path);
  throw invalid(
    path,
    `"${place}" is wrong: ${issue?.message}.`,
    "Properties of a dbt project have one form.",
    "Mend it.",
  );
}

/** YAML 1.1, as dbt reads it. */
function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text, { version: "1.1" });
  } catch (cause) {
    const { linePos, message } = cause as { linePos?: [{ line: number }]; message: string };
    const at = linePos ? `${path}:${linePos[0].line}` : path;
    throw invalid(
      at,
      `This is no YAML: ${message.split("\n")[0]}`,
      "It could not be read.",
      "Mend the line named.",
      cause,
    );
  }
}
