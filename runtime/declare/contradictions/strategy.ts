import type { Append, Pipeline, ReplaceChildren, ReplacePartition, Upsert } from "#firn";
import { type Contradiction, unknownColumn } from "./contradiction.ts";

export function inStrategy(pipeline: Pipeline): Contradiction[] {
  const { strategy } = pipeline;
  switch (strategy.kind) {
    case "upsert":
      return [...inKeyAndVersion(pipeline, strategy, ["key"]), ...inPartial(pipeline, strategy)];
    case "append":
      return inAppend(pipeline, strategy);
    case "replace_partition":
      return inPartition(pipeline, strategy);
    case "replace_children":
      return inKeyAndVersion(pipeline, strategy, ["parent", "key"]);
  }
}

/** Keys must be comparable, versions ordered, and none named twice. */
function inKeyAndVersion<S extends Upsert | ReplaceChildren>(
  pipeline: Pipeline,
  strategy: S,
  keys: (keyof S & string)[],
): Contradiction[] {
  const found: Contradiction[] = [];
  const typeOf = (column: string) => pipeline.columns[column]?.type ?? "";
  const named = keys.flatMap((list) => strategy[list] as string[]);
  for (const list of keys)
    (strategy[list] as string[]).forEach((column, at) => {
      const path = ["strategy", list, at];
      found.push(...unknownColumn(pipeline, path, column));
      if (["json", "float"].includes(typeOf(column)))
        found.push({ path, message: `"${column}" is ${typeOf(column)}, which cannot be a key` });
    });
  strategy.version.forEach((column, at) => {
    const path = ["strategy", "version", at];
    found.push(...unknownColumn(pipeline, path, column));
    if (["json", "boolean", "text", "float"].includes(typeOf(column)))
      found.push({
        path,
        message: `"${column}" is ${typeOf(column)}; a version must be a timestamp, date, integer or decimal ('10' < '9' as text)`,
      });
  });
  found.push(...namedTwice([...named, ...strategy.version], `${keys.join(", ")} and version`));
  if (strategy.deletedWhen) {
    const path = ["strategy", "deletedWhen", "column"];
    const { column } = strategy.deletedWhen;
    found.push(...unknownColumn(pipeline, path, column));
    if (pipeline.columns[column]?.pii === "hash")
      found.push({ path, message: "is hashed as PII, so no value in clear is ever found in it" });
  }
  return found;
}

function inPartial({ columns }: Pipeline, { partial, version }: Upsert): Contradiction[] {
  if (!partial) return [];
  return version.flatMap((column, at) =>
    columns[column]?.type.startsWith("decimal")
      ? [
          {
            path: ["strategy", "version", at],
            message: `"${column}" is ${columns[column]?.type}; partial images are ordered by timestamps, dates and integers only`,
          },
        ]
      : [],
  );
}

function inAppend(pipeline: Pipeline, { ids, rememberDays, sequence }: Append): Contradiction[] {
  const found = ids.flatMap((column, at) => unknownColumn(pipeline, ["strategy", "ids", at], column));
  found.push(...namedTwice(ids, "ids"));
  if ((rememberDays === undefined) === (sequence === undefined))
    found.push({
      path: ["strategy"],
      message:
        "must say how ids are remembered: rememberDays, or sequence where one of them counts a source partition's events",
    });
  if (sequence !== undefined) {
    const path = ["strategy", "sequence"];
    if (!ids.includes(sequence))
      found.push({ path, message: `"${sequence}" is none of the ids; it must be one of them` });
    else if (pipeline.columns[sequence]?.type !== "integer")
      found.push({ path, message: `"${sequence}" must be an integer, as it counts` });
  }
  return found;
}

function inPartition(pipeline: Pipeline, { partition }: ReplacePartition): Contradiction[] {
  const { source, watermark, columns } = pipeline;
  const path = ["strategy", "partition"];
  if (partition.by === "file") {
    if (source.kind !== "files")
      return [{ path, message: "by file needs a source of delivered files; read by date, or all" }];
    const groups = groupsOf(partition.pattern);
    if (groups === null)
      return [{ path: [...path, "pattern"], message: "is no regular expression of JavaScript" }];
    const found: Contradiction[] = [];
    if (!groups.includes("partition"))
      found.push({
        path: [...path, "pattern"],
        message: "has no group (?<partition>...), which finds the partition's name",
      });
    if (groups.includes("version") === (partition.version === "modified"))
      found.push({
        path: [...path, "version"],
        message:
          'must be told in one way: by a group (?<version>...) of the pattern, or by version: "modified"',
      });
    return found;
  }
  if (partition.by === "table") {
    return source.kind === "http" && source.window.by === "all"
      ? []
      : [
          {
            path,
            message:
              'by table needs a source that gives all at once, window { by: "all" }; a delta never replaces a table',
          },
        ];
  }
  const found = unknownColumn(pipeline, [...path, "column"], partition.column);
  const type = columns[partition.column]?.type;
  if (type && type !== "date" && type !== "timestamp")
    found.push({ path: [...path, "column"], message: `"${partition.column}" is ${type}, which is no day` });
  if (source.kind !== "http" || source.window.by !== "date")
    found.push({ path, message: 'by day needs windows of whole days: window { by: "date", ... }' });
  else if (source.window.selects !== "all")
    found.push({
      path: ["source", "window", "selects"],
      message:
        'is "changes": a delta never replaces a partition, or the rows that did not change would be lost; declare "all" only if the source gives all that belongs to a day',
    });
  if (watermark?.overlapSeconds)
    found.push({
      path: ["watermark", "overlapSeconds"],
      message:
        "cannot be combined with replacing partitions: it would read a part of a day and put it in the place of the whole; declare overlapDays",
    });
  return found;
}

/** The named groups of a pattern; null where it is no regular expression. */
function groupsOf(pattern: string): string[] | null {
  try {
    // An empty alternative always matches, and its result tells every group there is.
    return Object.keys(new RegExp(`${pattern}|`).exec("")?.groups ?? {});
  } catch {
    return null;
  }
}

function namedTwice(names: string[], where: string): Contradiction[] {
  return [...new Set(names.filter((each, at) => names.indexOf(each) !== at))].map((name) => ({
    path: ["strategy"],
    message: `names "${name}" twice in ${where}; once is enough`,
  }));
}
