import type { HttpSource } from "#firn";

type Body = NonNullable<HttpSource["post"]>["body"];

/** An address as a POST: fixed parameters stay in the query, all others stand in the JSON body. */
export function postOf(
  url: URL,
  { query, pageSize, paging }: HttpSource,
  template: Body,
): { path: string; type: string; body: string } {
  const counts = new Set([
    pageSize?.param,
    ...(["page", "offset"].includes(paging.style) ? [paramOf(paging)] : []),
  ]);
  const fixed = new URLSearchParams();
  const body = structuredClone(template);
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query ?? {}, name)) fixed.set(name, value);
    else setAt(body, name.split("."), counts.has(name) ? Number(value) : value);
  }
  const search = fixed.size > 0 ? `?${fixed}` : "";
  return { path: url.pathname + search, type: "application/json", body: JSON.stringify(body) };
}

function paramOf(paging: HttpSource["paging"]): string | undefined {
  return "param" in paging ? paging.param : undefined;
}

function setAt(body: Body, [name = "", ...rest]: string[], value: string | number): void {
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const inner = body[name];
  const next: Body = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  body[name] = next;
  setAt(next, rest, value);
}
