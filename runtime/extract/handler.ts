import { openPacker } from "#worlds/aws/packer";
import { openSources } from "#worlds/aws/sources";
import { stageHandler } from "#worlds/edge";
import { runExtract } from "./run.ts";

/** Reads the source and lands Parquet, packed by DuckDB. It alone carries DuckDB, and it opens no warehouse. */
export const handler = stageHandler("extract", runExtract, {
  adapters: { source: openSources, packer: openPacker },
});
