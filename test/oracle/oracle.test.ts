import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipUnless } from "../support/skips.ts";
import { compare, type Verdict } from "./compare.ts";
import { withVerdicts } from "./document.ts";
import { buildWithFirn } from "./firn.ts";
import { pythonWithDbt, type Reference, readReferences, runGiven, runReference } from "./reference.ts";
import { teamProjects } from "./teams.ts";

/**
 * FIRN_TEST_DBT_RECORD is a folder that keeps what dbt did, to compare again without it; FIRN_TEST_DBT_NAMES,
 * names of projects with commas between, narrows the comparison, and then docs/dbt.md is left alone.
 */
const { FIRN_TEST_DBT_RECORD: record, FIRN_TEST_DBT_NAMES: only, UPDATE_DOCS: update } = process.env;
const names = only?.split(",") ?? [];
const page = join(import.meta.dirname, "../../docs/dbt.md");

describe("dbt's own fixture projects, built by dbt and by Firn", function () {
  this.timeout(900_000);
  let folder: string;
  let python: string;
  let verdicts: Verdict[];

  before(async function () {
    const found = pythonWithDbt();
    skipUnless.call(this, "python" in found, "missing" in found ? found.missing : "");
    if (!("python" in found)) return;
    python = found.python;
    folder = mkdtempSync(join(tmpdir(), "firn-oracle-"));
    const references = await readOrRun();
    verdicts = [];
    for (const each of references)
      verdicts.push(await compare(each, join(folder, "firn", each.name), buildWithFirn));
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("come to the same tables, verdicts and SQL, or are refused by name", () => {
    const different = verdicts.filter(({ verdict }) => verdict === "different");
    assert.deepEqual(
      different.map(({ name, detail }) => `${name}: ${detail}`),
      [],
    );
    assert.ok(verdicts.some(({ verdict }) => verdict === "equal"));
  });

  it("stand in docs/dbt.md with what came of them", function () {
    if (names.length > 0) return this.skip();
    const standing = readFileSync(page, "utf8");
    const seen = withVerdicts(standing, verdicts);
    if (update) writeFileSync(page, seen);
    else assert.equal(standing, seen, "UPDATE_DOCS=1 writes it");
  });

  it("are joined by every team's own project, which dbt builds as Firn does, increment by increment", async () => {
    const given = await runGiven(python, join(folder, "given"), teamProjects());
    assert.ok(given.length > 0);
    for (const each of given) {
      const { verdict, detail, compared } = await compare(
        { ...each, silver: "silver" },
        join(folder, "firn", each.name),
        buildWithFirn,
      );
      assert.deepEqual({ verdict, detail }, { verdict: "equal", detail: "" }, each.name);
      assert.equal(compared, each.steps.filter((step) => "args" in step).length);
    }
  });

  async function readOrRun(): Promise<Reference[]> {
    const kept = record ?? join(folder, "dbt");
    const references = existsSync(kept)
      ? readReferences(kept)
      : await runReference(python, kept, { processes: 2, names });
    return references.filter(({ name }) => names.length === 0 || names.includes(name));
  }
});
