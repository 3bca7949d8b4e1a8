import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { taggable } from "../../policies/taggable.ts";
import { shipped } from "./registry.ts";
import { sample } from "./sample.ts";

const types = join(import.meta.dirname, "..", "..", "node_modules", "@pulumi", "aws");

describe("the list of types that take tags", () => {
  it("is what AWS's provider says of each type that the program makes", async () => {
    const plain = [...sample, ...(await shipped("prod")), ...(await shipped("large"))];
    const made = new Set(plain.map(({ type }) => type).filter((type) => type.startsWith("aws:")));
    assert.ok(made.size > 10);
    for (const type of made) assert.equal(taggable.includes(type), takesTags(type), type);
  });

  it("names only types that there are, and that take tags", () => {
    for (const type of taggable) assert.ok(takesTags(type), type);
  });
});

/** By the arguments of its class. */
function takesTags(type: string): boolean {
  const file = join(types, `${type.split(":")[1]}.d.ts`);
  assert.ok(existsSync(file), file);
  const args = readFileSync(file, "utf8").split(/^export interface \w+Args/m)[1] ?? "";
  return /^ {4}tags\?:/m.test(args);
}
