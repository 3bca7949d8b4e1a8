/** Holds that a silver table and its declaration still fit each other. */
import { FirnError } from "#core/errors";
import type { WarehouseNames } from "#core/names";
import type { Pipeline, Strategy } from "#firn";
import { ledgerTable } from "#ledger/tables";
import type { ColumnDefinition, Dialect } from "#sql/dialect";
import { quarantineDefinition, quarantineTable, silverDefinition, silverTable } from "#sql/tables";

/** One row `release`: the one whose rules silver was last made by; none before the first promotion. */
export function planLastRelease(
  { id, text, table }: Dialect,
  names: WarehouseNames,
  pipeline: string,
): string {
  return (
    `SELECT ${id("release")} AS "release" FROM ${table(ledgerTable(names.ledger, "batches"))} ` +
    `WHERE ${id("pipeline")} = ${text(pipeline)} ORDER BY ${id("commit_seq")} DESC LIMIT 1`
  );
}

/**
 * What tells rows apart must stay: silver holds rows that another key or strategy would not have kept apart.
 *
 * @throws {FirnError} `declare.invalid`
 */
export function requireSameStrategy({ name, strategy }: Pipeline, stood: Strategy | undefined): void {
  if (stood === undefined || identityOf(stood) === identityOf(strategy)) return;
  throw new FirnError("declare.invalid", {
    what: `Silver table "${name}" was made by ${identityOf(stood)}, but is declared as ${identityOf(strategy)}.`,
    why: "The rows it holds would be doubled or lost where the two tell rows apart differently.",
    fix: "Declare a pipeline of another name, or remove the warehouse: the next run makes it again from bronze, as declared now.",
  });
}

/** Hides what is declared as hidden now in tables that were made under another release. */
export function planMasks(dialect: Dialect, names: WarehouseNames, pipeline: Pipeline): string[] {
  return [
    ...dialect.maskColumns(silverTable(names, pipeline.name), silverDefinition(pipeline, names.masks)),
    ...dialect.maskColumns(quarantineTable(names, pipeline.name), quarantineDefinition(names.masks)),
  ];
}

/**
 * The columns declared since silver was made, from what `describe` says of it.
 *
 * @throws {FirnError} `declare.invalid` for a changed type
 */
export function planMissingColumns(
  dialect: Dialect,
  pipeline: Pipeline,
  described: Record<string, unknown>[],
  masks?: string,
): ColumnDefinition[] {
  const standing = new Map(described.map(({ name, type }) => [String(name), String(type)]));
  const declared = silverDefinition(pipeline, masks);
  for (const { name, type } of declared) {
    const stands = standing.get(name);
    if (stands === undefined || dialect.sameType(stands, type)) continue;
    throw new FirnError("declare.invalid", {
      what: `Column "${name}" of silver table "${pipeline.name}" is ${stands}, but is declared ${type}.`,
      why: "Changing the type of a column that holds rows could lose values.",
      fix: `Declare it as it stands, or add a new column with from: and leave "${name}" as it is.`,
    });
  }
  return declared.filter(({ name }) => !standing.has(name));
}

/** What tells a strategy's rows apart, in words. */
function identityOf(strategy: Strategy): string {
  switch (strategy.kind) {
    case "upsert":
      return `upsert${strategy.partial ? " of partial images" : ""} by ${strategy.key.join(", ")} with version ${strategy.version.join(", ")}`;
    case "append":
      return `append by ${strategy.ids.join(", ")}${strategy.sequence ? ` in sequence ${strategy.sequence}` : ""}`;
    case "replace_partition": {
      const { partition } = strategy;
      const of = partition.by === "file" ? partition.pattern : partition.by === "day" ? partition.column : "";
      return `replacing partitions by ${partition.by} ${of}`.trim();
    }
    case "replace_children":
      return `replacing children by ${strategy.key.join(", ")} of ${strategy.parent.join(", ")} with version ${strategy.version.join(", ")}`;
  }
}
