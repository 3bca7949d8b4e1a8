/** The part of docs/dbt.md that is generated: what came of each project. */
import type { Verdict } from "./compare.ts";

const marker = "<!-- Generated from here on: UPDATE_DOCS=1 npm test -- test/oracle -->";

/**
 * The page with its generated part made anew from what was seen; the part before the marker is kept.
 *
 * @throws {Error} if the page has no marker
 */
export function withVerdicts(page: string, seen: { ours: Verdict[]; fixtures: Verdict[] }): string {
  const at = page.indexOf(marker);
  if (at < 0) throw new Error(`docs/dbt.md has lost its line ${marker}`);
  const parts = [
    page.slice(0, at) + marker,
    "## Projects of ours, and the teams'",
    tabled(
      ["project", "verdict", "builds compared"],
      seen.ours.map(({ name, verdict, compared }) => [name, verdict, String(compared)]),
    ),
    "## dbt's adapter tests",
    counts(seen.fixtures),
    refusals(seen.fixtures),
    table(seen.fixtures),
  ];
  return `${parts.join("\n\n")}\n`;
}

function counts(verdicts: Verdict[]): string {
  const of = (verdict: Verdict["verdict"]) => verdicts.filter((each) => each.verdict === verdict).length;
  return `Of ${verdicts.length} projects, ${of("equal")} are equal, ${of("refused")} are refused, ${of("different")} differ, and ${of("not compared")} build nothing that could be compared.`;
}

function refusals(verdicts: Verdict[]): string {
  const projects = new Map<string, number>();
  for (const { verdict, detail } of verdicts)
    if (verdict === "refused") projects.set(feature(detail), (projects.get(feature(detail)) ?? 0) + 1);
  const rows = [...projects].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return tabled(
    ["refused first", "projects"],
    rows.map(([name, count]) => [name, String(count)]),
  );
}

function table(verdicts: Verdict[]): string {
  return tabled(
    ["project", "verdict", ""],
    verdicts.map(({ name, verdict, detail }) => [
      name,
      verdict,
      verdict === "refused" ? feature(detail) : (detail.split("\n")[0] ?? ""),
    ]),
  );
}

/** What a refusal names, without the file in which it stands. */
export function feature(message: string): string {
  const [first = ""] = message.split("\n");
  return first
    .replace(/^(\S+\.(sql|ya?ml|csv|py)(:\d+)?: )+/, "")
    .replace(/^(.*: )?Firn does not run (.*?)\.?$/, "$2");
}

function tabled(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
