import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipUnless } from "../support/skips.ts";
import { compare, type Verdict } from "./compare.ts";
import { withVerdicts } from "./document.ts";
import { buildWithFirn } from "./firn.ts";
import { projects } from "./projects.ts";
import { pythonWithDbt, type Reference, readReferences, runGiven, runReference } from "./reference.ts";
import { teamProjects } from "./teams.ts";

/**
 * FIRN_TEST_DBT_RECORD is a folder that keeps what dbt did, to compare again without it; FIRN_TEST_DBT_NAMES,
 * names of projects with commas between, narrows the comparison, and then docs/dbt.md is left alone.
 */
const { FIRN_TEST_DBT_RECORD: record, FIRN_TEST_DBT_NAMES: only, UPDATE_DOCS: update } = process.env;
const names = only?.split(",") ?? [];
const page = join(import.meta.dirname, "../../docs/dbt.md");

describe("a dbt project, built by dbt and by Firn", function () {
  this.timeout(900_000);
  let folder: string;
  let ours: Verdict[];
  let fixtures: Verdict[];

  before(async function () {
    const found = pythonWithDbt();
    skipUnless.call(this, "python" in found, "missing" in found ? found.missing : "");
    if (!("python" in found)) return;
    const { python } = found;
    folder = mkdtempSync(join(tmpdir(), "firn-oracle-"));
    const given = [...projects, ...teamProjects()].filter(isNamed);
    const silver = "silver";
    ours = await compareAll("ours", (kept) => runGiven(python, kept, given), silver);
    const run = (kept: string) => runReference(python, kept, { processes: 2, names });
    // dbt's fixtures read their sources from where they build.
    fixtures = await compareAll("fixtures", run, "gold");
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("of ours or a team's comes to the same tables, verdicts and SQL in every build", () => {
    assert.deepEqual(told(ours.filter(({ verdict, detail }) => verdict !== "equal" || detail !== "")), []);
    for (const team of names.length > 0 ? [] : ["stacks.commerce", "stacks.learning"])
      assert.ok(
        ours.some(({ name }) => name === team),
        team,
      );
  });

  it("of dbt's own adapter tests comes to the same, or is refused by name", () => {
    assert.deepEqual(told(fixtures.filter(({ verdict }) => verdict === "different")), []);
    assert.ok(names.length > 0 || fixtures.filter(({ verdict }) => verdict === "equal").length > 5);
  });

  it("stands in docs/dbt.md with what came of it", function () {
    if (names.length > 0) return this.skip();
    const standing = readFileSync(page, "utf8");
    const seen = withVerdicts(standing, { ours, fixtures });
    if (update) writeFileSync(page, seen);
    else assert.equal(standing, seen, "UPDATE_DOCS=1 writes it");
  });

  /** What dbt did, read where an earlier run kept it, and Firn beside it. */
  async function compareAll(
    kind: string,
    run: (kept: string) => Promise<Reference[]>,
    silver: string,
  ): Promise<Verdict[]> {
    const kept = join(record ?? folder, kind);
    const references = (existsSync(kept) ? readReferences(kept) : await run(kept)).filter(isNamed);
    const verdicts: Verdict[] = [];
    for (const each of references)
      verdicts.push(await compare(each, { folder: join(folder, "firn", each.name), silver }, buildWithFirn));
    return verdicts;
  }
});

function isNamed({ name }: { name: string }): boolean {
  return names.length === 0 || names.includes(name);
}

function told(verdicts: Verdict[]): string[] {
  return verdicts.map(({ name, verdict, detail }) => `${name} is ${verdict}: ${detail}`);
}
