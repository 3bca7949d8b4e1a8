/** The whole life of an environment's stack, which is the same for each. */
import assert from "node:assert/strict";
import { missingEngine, openProject, type Project, type Step } from "../support/engine.ts";
import { skipUnless } from "../support/skips.ts";
import { forgotten, onlyPreviewed } from "./emulated.ts";

export interface Life {
  stack: string;
  /** The copy of the project, once it is open. */
  project: Project;
  /** Every resource of the environment, as its first preview tells. */
  planned: Step[];
  /** Arguments that leave out of an update what no emulator can make. */
  excluding: string[];
}

/** Opens a copy for the describe it is called in, and closes it whatever happens. */
export function givenProject(stack: string): Life {
  const life = { stack, planned: [], excluding: [] } as unknown as Life;
  before(async function () {
    const missing = missingEngine();
    skipUnless.call(this, missing === undefined, missing ?? "");
    life.project = await openProject();
    await life.project.init(stack);
  });
  after(() => life.project?.close());
  return life;
}

/** From nothing to a stack that stands and that a second look finds as it should be. */
export function comesToLife(life: Life): void {
  const { stack } = life;

  it("plans every resource in a preview, each judged by its provider", async () => {
    const { steps, seconds } = await life.project.preview(stack);
    life.planned = steps;
    assert.deepEqual(
      steps.filter(({ op }) => op !== "create"),
      [],
    );
    life.excluding = steps
      .filter((step) => onlyPreviewed.some((each) => isOf(each, step)))
      .flatMap(({ urn }) => ["--exclude", urn]);
    tell(`${stack}: preview of ${counted(steps)} in ${seconds.toFixed(1)} s`);
  });

  it("makes all of them but what the emulators cannot hold", async () => {
    const { code, text, steps, seconds } = await life.project.apply("up", stack, ...life.excluding);
    assert.equal(code, 0, text);
    const made = steps.filter(({ op }) => op === "create").map(({ urn }) => urn);
    const left = life.planned.filter(({ urn }) => !made.includes(urn));
    assert.deepEqual(
      left.filter((step) => !onlyPreviewed.some((each) => isOf(each, step))),
      [],
    );
    tell(`${stack}: up of ${made.length} in ${seconds.toFixed(1)} s, ${left.length} only previewed`);
  });

  it("finds nothing to do a second time", async () => {
    const { code, text, seconds } = await life.project.apply(
      "up",
      stack,
      "--expect-no-changes",
      ...life.excluding,
    );
    assert.equal(code, 0, text);
    tell(`${stack}: up again in ${seconds.toFixed(1)} s`);
  });

  it("finds no drift, but what the emulators are known to forget", async () => {
    const { code, text, steps, seconds } = await life.project.apply("refresh", stack);
    assert.equal(code, 0, text);
    assert.deepEqual(driftOf(steps), []);
    tell(`${stack}: refresh in ${seconds.toFixed(1)} s`);
  });
}

/** What a refresh found to differ, without what the emulators forget: `type name: properties`. */
export function driftOf(steps: Step[]): string[] {
  return steps
    .filter(({ op }) => op !== "same" && op !== "refresh")
    .flatMap(({ op, type, name, changed }) => {
      const known = forgotten.filter((each) => each.type === type).flatMap(({ properties }) => properties);
      const unexpected = changed.filter((property) => !known.includes(property.replace(/[.[].*/, "")));
      return op === "update" && changed.length > 0 && unexpected.length === 0
        ? []
        : [`${op} ${type} ${name}: ${unexpected.join(", ")}`];
    });
}

/** What an update did, without what stayed: `op type name: properties`. */
export function doneIn(steps: Step[]): string[] {
  return steps
    .filter(({ op }) => op !== "same" && op !== "read")
    .map(
      ({ op, type, name, changed }) =>
        `${op} ${type} ${name}${changed.length > 0 ? `: ${changed.join(", ")}` : ""}`,
    );
}

export function isOf({ type, name }: { type: string; name?: RegExp }, step: Step): boolean {
  return step.type === type && (name === undefined || name.test(step.name));
}

/** `130 resources (90 aws, 30 snowflake, 10 others)` */
export function counted(steps: Step[]): string {
  const of = (provider: string) => steps.filter(({ type }) => type.startsWith(`${provider}:`)).length;
  const [aws, snowflake] = [of("aws"), of("snowflake")];
  return `${steps.length} resources (${aws} aws, ${snowflake} snowflake, ${steps.length - aws - snowflake} others)`;
}

/** Prints it among the tests: times and counts are part of what is shown. */
export function tell(line: string): void {
  console.log(`      ${line}`);
}
