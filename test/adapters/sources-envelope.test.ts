import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldAt, NoRecords, openEnvelope } from "../../runtime/adapters/sources/envelope.ts";
import { nextLink } from "../../runtime/adapters/sources/link.ts";

describe("the next link of a Link header", () => {
  for (const [what, header, next] of [
    ["a plain one", '<https://x/a?page=2>; rel="next"', "https://x/a?page=2"],
    [
      "one among others",
      '<https://x/1>; rel="prev", <https://x/2>; rel=next, <https://x/9>; rel="last"',
      "https://x/2",
    ],
    ["commas and semicolons in the address", '<https://x/?a=1,2;b=3>; rel="next"', "https://x/?a=1,2;b=3"],
    [
      "commas and semicolons in quotes",
      '</1>; title="a, b; rel=next"; rel="last", </2>; title="x\\", y"; rel="next"',
      "/2",
    ],
    ["other cases", '<https://x/2>; REL="Next"', "https://x/2"],
    ["several relations", '<https://x/2>;rel="last  next"', "https://x/2"],
    ["a relation without quotes", "<https://x/2> ; rel = next ; foo", "https://x/2"],
    ["only the first rel of a link", '</1>; rel="prev"; rel="next"', null],
    ["none", '<https://x/1>; rel="prev"', null],
    ["nothing at all", "", null],
    ["something broken", "<https://x", null],
  ] as const) {
    it(`is found in ${what}`, () => assert.equal(nextLink(header), next));
  }

  it("is found or not, but never hangs", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("<", ">", ";", ",", '"', "=", "rel", "next", "\\", " ") }),
        (header) => {
          nextLink(header);
        },
      ),
    );
  });
});

describe("a page's envelope", () => {
  it("gives the array as it came, and the rest parsed, for any body", () => {
    const field = fc.string({ minLength: 1, unit: "grapheme" }).filter((name) => !name.includes("."));
    fc.assert(
      fc.property(
        fc.uniqueArray(field, { minLength: 1, maxLength: 3 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        fc.dictionary(field, fc.jsonValue(), { maxKeys: 4 }),
        fc.constantFrom(0, 1),
        (path, records, other, indent) => {
          const nest = (array: unknown) =>
            path.reduceRight<unknown>((inner, name) => ({ ...other, [name]: inner }), array);
          const body = Buffer.from(JSON.stringify(nest(records), null, indent));
          const envelope = openEnvelope(body, path.join("."));
          assert.deepEqual(
            JSON.parse(Buffer.from(envelope.records).toString()),
            JSON.parse(JSON.stringify(records)),
          );
          assert.deepEqual(envelope.rest, JSON.parse(JSON.stringify(nest([]))));
        },
      ),
    );
  });

  it("reads a field by its dotted path, and nothing inherited", () => {
    assert.equal(fieldAt({ a: { b: "x" } }, "a.b"), "x");
    assert.equal(fieldAt({ a: null }, "a.b"), undefined);
    assert.equal(fieldAt({}, "constructor"), undefined);
  });

  for (const [what, body, path, reason] of [
    ["ends inside the array", '{"data":[{"a":1},{"a', "data", "ended"],
    ["ends after the array", '{"data":[1]', "data", "ended"],
    ["ends inside a bare array", '[{"a":1},', undefined, "ended"],
    ["is empty", " ", undefined, "ended"],
    ["is HTML", "<html>", "data", "not_json"],
    ["is text", "gateway error", undefined, "not_json"],
    ["has no such field", '{"items":[]}', "data", "no_array"],
    ["has no array there", '{"data":{"a":1}}', "data", "no_array"],
    ["is an object instead", '{"exception":"x"}', undefined, "no_array"],
    ["is an array instead", "[1]", "data", "no_array"],
    ["is broken around the array", '{"data":[1],x}', "data", "not_json"],
  ] as const) {
    it(`says why there are no records where the body ${what}`, () => {
      assert.throws(
        () => openEnvelope(Buffer.from(body), path),
        (error) => error instanceof NoRecords && error.reason === reason,
      );
    });
  }
});
