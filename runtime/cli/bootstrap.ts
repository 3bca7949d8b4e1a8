import { planBootstrap } from "#infra/bootstrap/plan";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import type { Context } from "./context.ts";
import type { Report } from "./output.ts";

export const parts = ["steps", "aws", "snowflake", "workflow"] as const;
export type Part = (typeof parts)[number];

/**
 * What the first administrator of an environment does once: the steps, or one part of them for a file. It reads the
 * declarations only, and changes nothing.
 */
export async function bootstrap({ part }: { part: Part }, { environment }: Context): Promise<Report> {
  const stacks = loadStacks(requireEnvironment(environment));
  const { template, statements, signIn, steps } = planBootstrap(requireSite(stacks), stacks.teams);
  const printed: Record<Part, string[]> = {
    steps: steps.flatMap(({ what, commands }, at) => [
      `${at + 1}. ${what}`,
      ...commands.map((each) => `   ${each}`),
      "",
    ]),
    aws: [JSON.stringify(template, null, 1)],
    snowflake: statements.map((each) => `${each};`),
    // As GitHub takes the outputs of a step.
    workflow: Object.entries(signIn).map(([key, value]) => `${key}=${value}`),
  };
  return { document: { template, statements, signIn, steps }, lines: printed[part] };
}
