import assert from "node:assert/strict";
import { type Build, judgeBuild } from "#watch/canary";

const MB = 1e6;
const build = (of: Partial<Build> = {}): Build => ({
  run: "run-2",
  builtAt: "2024-03-01T06:00:00.000Z",
  kind: "incremental",
  version: "v1",
  backfill: false,
  bytesScanned: 10 * MB,
  changedRows: 1000,
  ...of,
});
const earlier = (of: Partial<Build> = {}) => build({ run: "run-1", ...of });
const judge = (now: Partial<Build>, ...history: Build[]) => judgeBuild("revenue", build(now), history);

describe("the canary", () => {
  describe("tells of", () => {
    it("a lost filter: more is read for each changed row", () => {
      const found = judge({ bytesScanned: 500 * MB }, earlier());
      assert.equal(found?.cause, "lost filter");
      assert.match(
        found.detail,
        /^Model revenue scanned 500\.0 MB \(500\.0 kB for each of 1,000 changed rows\)/,
      );
      assert.match(found.detail, /50\.0 times the 10\.0 MB \(10\.0 kB for each of 1,000 changed rows\)/);
      assert.match(
        found.detail,
        /of the incremental build before it \(run run-1\)\. Likely cause: lost filter/,
      );
      assert.match(found.detail, /npx firn cost --model revenue$/);
    });

    it("a full refresh in place of a delta", () => {
      const found = judge(
        { kind: "full", bytesScanned: 900 * MB },
        earlier(),
        earlier({ kind: "full", bytesScanned: 900 * MB }),
      );
      assert.equal(found?.cause, "full refresh");
      assert.match(found.detail, /declare it a backfill/);
    });

    it("a new version whose rebuild reads more than the old one's", () => {
      const found = judge(
        { kind: "full", version: "v2", bytesScanned: 900 * MB },
        earlier(),
        earlier({ kind: "full", bytesScanned: 300 * MB }),
      );
      assert.equal(found?.cause, "new model version");
      assert.equal(found.before.bytesScanned, 300 * MB);
    });

    it("a new version whose delta reads more than the old one's", () => {
      const found = judge(
        { version: "v2", bytesScanned: 90 * MB },
        earlier({ kind: "full", version: "v2", bytesScanned: 300 * MB }),
        earlier(),
      );
      assert.equal(found?.cause, "new model version");
    });

    it("a larger delta that reads somewhat more for each row", () => {
      assert.equal(judge({ bytesScanned: 60 * MB, changedRows: 4000 }, earlier())?.cause, "larger delta");
    });

    it("a table that reads twice what it did, in the same version", () => {
      const found = judge({ kind: "full", bytesScanned: 21 * MB }, earlier({ kind: "full" }));
      assert.equal(found?.cause, "larger delta");
    });

    it("much read for no changed row", () => {
      const found = judge({ changedRows: 0, bytesScanned: 21 * MB }, earlier());
      assert.equal(found?.cause, "lost filter");
      assert.match(found.detail, /21\.0 MB for no changed row/);
    });

    it("more read where nobody knows how much had changed, and says so", () => {
      assert.equal(judge({ changedRows: null, bytesScanned: 21 * MB }, earlier())?.cause, "unknown");
    });
  });

  describe("is silent", () => {
    const check = (claim: string, now: Partial<Build>, ...history: Build[]) => {
      it(claim, () => assert.equal(judge(now, ...history), null));
    };
    check("of a first build", { bytesScanned: 1e12 });
    check("up to twice the bytes", { bytesScanned: 20 * MB }, earlier());
    check("of a delta that grew in proportion", { bytesScanned: 1000 * MB, changedRows: 100_000 }, earlier());
    check(
      "of a delta that grew by more than its bytes",
      { bytesScanned: 50 * MB, changedRows: 90_000 },
      earlier(),
    );
    check("of a declared backfill", { bytesScanned: 1e12, backfill: true, kind: "full" }, earlier());
    check(
      "of a build no larger than the full build of its version before it",
      { kind: "full", bytesScanned: 900 * MB },
      earlier({ kind: "full", bytesScanned: 800 * MB }),
      earlier(),
    );
    check(
      "of the rebuild that a new version needs",
      { kind: "full", version: "v2", bytesScanned: 900 * MB },
      earlier(),
      earlier({ kind: "full", bytesScanned: 800 * MB }),
    );
    check(
      "of the first delta after the first build",
      { bytesScanned: 10 * MB },
      earlier({ kind: "full", bytesScanned: 900 * MB }),
    );
    check("where the warehouse did not tell", { bytesScanned: null }, earlier());
    check(
      "where the build before told nothing, or scanned nothing",
      { bytesScanned: 1e12 },
      earlier({ bytesScanned: null }),
      earlier({ bytesScanned: 0 }),
    );
    check("of a build that scanned nothing", { bytesScanned: 0 }, earlier());
    check(
      "of a usual delta after runs without a changed row",
      { bytesScanned: 10 * MB },
      earlier({ bytesScanned: 1000, changedRows: 0 }),
      earlier({ bytesScanned: 9 * MB }),
    );
    check(
      "of a usual delta after a backfill that read little",
      { bytesScanned: 10 * MB },
      earlier({ bytesScanned: 1000, backfill: true }),
      earlier({ bytesScanned: 9 * MB }),
    );
  });
});
