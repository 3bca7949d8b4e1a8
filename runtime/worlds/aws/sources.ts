import { type Adapters, openInbox } from "#worlds/aws";

/** Sources over HTTP, and the inbox. */
export const openSources: Adapters["source"] = async (kind, of) => {
  if (kind === "files") return openInbox(kind, of);
  const { openHttpSource } = await import("#adapters/sources/http");
  return openHttpSource({ ...of, random: Math.random });
};
