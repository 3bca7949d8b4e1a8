import assert from "node:assert/strict";
import type { Pipeline } from "#firn";
import { place, span } from "../../runtime/cli/text.ts";

const read = (window: object) =>
  ({ source: { kind: "http", window } }) as unknown as Pick<Pipeline, "source">;

describe("what a window reads, told to people", () => {
  it("names the first and the last day of whole days, and both ends of anything else", () => {
    const days = { from: "2024-01-01T00:00:00.000Z", to: "2024-01-04T00:00:00.000Z" };
    assert.equal(span(days, read({ by: "date" })), "2024-01-01 to 2024-01-03");
    assert.equal(span(days, read({ since: "s" })), "(2024-01-01, 2024-01-04]");
    assert.equal(span({ ...days, to: "" }, read({ since: "s" })), "(2024-01-01, no end]");
  });

  it("names an id as a number, however it is kept", () => {
    assert.equal(place("0000000000000000123"), "id 123");
    assert.equal(place("2024-01-01T06:00:00.000Z"), "2024-01-01 06:00:00");
  });
});
