import type { HttpSource, Pipeline } from "#firn";
import type { Contradiction } from "./contradiction.ts";

export function inSource(pipeline: Pipeline): Contradiction[] {
  return pipeline.source.kind === "http" ? inHttp(pipeline, pipeline.source) : inFiles(pipeline);
}

function inHttp({ watermark, strategy, compare }: Pipeline, source: HttpSource): Contradiction[] {
  const found: Contradiction[] = [];
  const { window, paging, records, post } = source;
  if (paging.style === "cursor" && records === undefined)
    found.push({
      path: ["source", "records"],
      message: `is missing; a page that holds the field "${paging.next}" is an object: say where its array lies`,
    });
  if (post && !("param" in paging && paging.param))
    found.push({
      path: ["source", "paging"],
      message: "leads to an address, which a POST body has no place for; page by a param",
    });

  const byClock = window.by === undefined || window.by === "time" || window.by === "date";
  if (byClock && !watermark)
    found.push({
      path: ["watermark"],
      message: 'is missing; a source read by time or date needs at least { start: "..." }',
    });
  if (!byClock && watermark)
    found.push({
      path: ["watermark"],
      message: `does nothing for a source read by ${window.by}; remove it`,
    });
  if (window.by === "date" && watermark?.overlapSeconds !== undefined)
    found.push({
      path: ["watermark", "overlapSeconds"],
      message: "does not go with windows by date, which are whole days; declare overlapDays",
    });
  if (window.by === "date" && watermark?.batchDaysMax !== undefined && watermark.batchDaysMax % 1 !== 0)
    found.push({ path: ["watermark", "batchDaysMax"], message: "must be whole days for windows by date" });
  if (window.by !== "date" && watermark?.overlapDays !== undefined)
    found.push({
      path: ["watermark", "overlapDays"],
      message: "is for windows by date; declare overlapSeconds",
    });
  if (
    compare &&
    (strategy.kind !== "upsert" ||
      strategy.partial ||
      !(window.by === "id" || (byClock && window.by !== "date")))
  )
    found.push({
      path: ["compare"],
      message:
        "compares whole rows by key: it needs strategy upsert, not partial, and a source read by time or id",
    });
  return found;
}

function inFiles({ watermark, compare }: Pipeline): Contradiction[] {
  const found: Contradiction[] = [];
  if (watermark)
    found.push({
      path: ["watermark"],
      message: "does nothing for delivered files, whose bookmark is the manifests; remove it",
    });
  if (compare)
    found.push({
      path: ["compare"],
      message: "asks the source for all it has, which delivered files cannot answer; remove it",
    });
  return found;
}
