import type { Pipeline } from "#firn";
import { inColumns } from "./contradictions/columns.ts";
import type { Contradiction } from "./contradictions/contradiction.ts";
import { inExpectations } from "./contradictions/expectations.ts";
import { inSource } from "./contradictions/source.ts";
import { inStrategy } from "./contradictions/strategy.ts";

/** Where a declaration contradicts itself, in what no field's type can tell: the path, what is wrong, how to mend it. */
export function contradictions(pipeline: Pipeline): Contradiction[] {
  return [
    ...inColumns(pipeline),
    ...inStrategy(pipeline),
    ...inExpectations(pipeline),
    ...inSource(pipeline),
  ];
}
