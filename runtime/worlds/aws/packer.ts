import type { Adapters } from "#worlds/aws";

/** DuckDB inside of the function, whose memory holds one pack and its pages. In a file of its own: only extract is to carry it. */
export const openPacker: Adapters["packer"] = async () => {
  const { openDuckdbPacker } = await import("#adapters/packer/duckdb");
  return openDuckdbPacker({});
};
