import assert from "node:assert/strict";
import { programOf } from "./program.ts";

const teamsOf = ({ resources }: Awaited<ReturnType<typeof programOf>>) =>
  resources.filter(({ type }) => type === "firn:infra:TeamPlatform").map(({ name }) => name);
const only = (...names: string[]) => ({ "firn:environment": "dev", "firn:only": JSON.stringify(names) });

describe("narrowing a run of the program", () => {
  it("makes the teams it names, and nothing that teams share", async () => {
    const program = await programOf("dev-commerce", only("commerce"));
    assert.deepEqual(teamsOf(program), ["commerce"]);
    assert.ok(!program.resources.some(({ type }) => type === "firn:infra:Platform"));
    assert.ok(!program.resources.some(({ name }) => name.startsWith("learning")));
  });
  it("makes what teams share, and no team", async () => {
    const program = await programOf("dev-platform", only("_platform"));
    assert.deepEqual(teamsOf(program), []);
    assert.ok(program.resources.some(({ type }) => type === "firn:infra:Platform"));
  });
  it("gives a team the same resources as the whole does", async () => {
    const of = async (stack: string, config: Record<string, string>) =>
      (await programOf(stack, config)).resources
        .filter(({ name }) => name === "commerce" || name.startsWith("commerce-"))
        .map(({ type, name, inputs }) => JSON.parse(JSON.stringify({ type, name, inputs })))
        .sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
    assert.deepEqual(await of("dev-commerce", only("commerce")), await of("dev", {}));
  });
  it("refuses names that are no team, and none at all", async () => {
    await assert.rejects(programOf("dev", only("sales")), { code: "infra.config" });
    await assert.rejects(programOf("dev", only()), { code: "infra.config" });
  });
});
