/**
 * The target of `rel="next"` in a Link header (RFC 8288), or null: names and relations in any case, quoted
 * commas and semicolons, several relations in one link. Pure.
 */
export function nextLink(header: string): string | null {
  let at = 0;
  while (at < header.length) {
    const open = header.indexOf("<", at);
    const close = open < 0 ? -1 : header.indexOf(">", open);
    if (close < 0) return null;
    const { relations, end } = parameters(header, close + 1);
    if (relations?.toLowerCase().split(/\s+/).includes("next")) return header.slice(open + 1, close).trim();
    at = end;
  }
  return null;
}

/** Reads `; name=value` up to the comma that ends the link; of several `rel` the first counts. */
function parameters(header: string, from: number): { relations: string | undefined; end: number } {
  const parameter = /\s*;\s*([^\s=;,"]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/gy;
  let relations: string | undefined;
  let end = from;
  for (;;) {
    parameter.lastIndex = end;
    const match = parameter.exec(header);
    if (!match) break;
    end = parameter.lastIndex;
    if (match[1]?.toLowerCase() === "rel")
      relations ??= (match[2] ?? match[3] ?? "").replaceAll(/\\(.)/g, "$1");
  }
  const comma = header.indexOf(",", end);
  return { relations, end: comma < 0 ? header.length : comma + 1 };
}
