import { planContainers } from "#infra/containers";
import { platformOwner } from "#infra/names";
import { secretsOf } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import { openSecretKeeper } from "#worlds/secrets";
import type { Context } from "./context.ts";
import { usage } from "./errors.ts";
import { readHidden } from "./hidden.ts";
import { chooseTeam, nearest } from "./names.ts";
import { type Report, table } from "./output.ts";

export interface SetOptions {
  team?: string;
  replace?: boolean;
}

/** Longest value. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const bytesMax = 65_536;

/** Puts a secret's value where the environment keeps it. The value comes by stdin, never by an argument. */
export async function secretsSet(
  name: string,
  options: SetOptions,
  context: Context,
  stdin: NodeJS.ReadStream = process.stdin,
): Promise<Report> {
  const { declared, keeper } = await open(context);
  const { team, container } = choose(name, options.team, declared, context);
  // Tokens made with another key would not match those that stand.
  if (
    name.endsWith("_pii_key") &&
    options.replace !== true &&
    (await keeper.held([container]))[container] === "set"
  ) {
    throw usage({
      what: `"${name}" has a value already.`,
      why: "It keys the tokens that stand for personal values: with another key, equal values would no longer have equal tokens, and joins with what is loaded would find nothing.",
      fix: "Leave it, or add --replace if what was loaded will be loaded anew.",
    });
  }
  const value = await readHidden(`Value of ${name} (not shown): `, stdin, process.stderr);
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > bytesMax) {
    throw usage({
      what: bytes === 0 ? "There is no value." : `The value has ${bytes} bytes.`,
      why: `A value has 1 to ${bytesMax} bytes, and is read from standard input.`,
      fix: `Type it at the prompt, or pipe it in: ${context.command} secrets set ${name} --env ${context.environment} < FILE.`,
    });
  }
  await keeper.put(container, value);
  return {
    document: { environment: context.environment, team, name, place: keeper.place, bytes },
    lines: [`${team}.${name} is set in ${keeper.place}.`],
  };
}

/** Which secrets hold a value, and which do not; values are never read. */
export async function secretsList(team: string | undefined, context: Context): Promise<Report> {
  const { declared, stacks, keeper } = await open(context);
  const wanted = team === undefined || team === platformOwner ? team : chooseTeam(stacks, team).name;
  const listed = declared.filter((each) => wanted === undefined || each.team === wanted);
  const held = await keeper.held(listed.map(({ container }) => container));
  const secrets = listed.map((each) => ({ ...each, held: held[each.container] ?? "missing" }));
  const said = { set: "set", empty: "no value", missing: "no container: run pulumi up first" };
  const waiting = secrets.filter((each) => each.held !== "set");
  const [first] = waiting;
  return {
    document: { environment: context.environment, place: keeper.place, secrets },
    lines: [
      `In ${keeper.place}:`,
      ...table(
        ["team", "secret", "value"],
        secrets.map((each) => [each.team, each.name, said[each.held]]),
      ),
      ...(first
        ? [
            "",
            `${context.command} secrets set ${first.name} --env ${context.environment} --team ${first.team}`,
          ]
        : []),
    ],
  };
}

interface Declared {
  team: string;
  name: string;
  /** As the keeper calls it. */
  container: string;
}

async function open(context: Context) {
  const stacks = loadStacks(requireEnvironment(context.environment));
  const declared: Declared[] = stacks.environment.cloud
    ? planContainers(requireSite(stacks), stacks.teams)
    : stacks.teams.flatMap((team) =>
        secretsOf(team).map((name) => ({ team: team.name, name, container: name })),
      );
  return { stacks, declared, keeper: await openSecretKeeper(stacks.environment, context.folder) };
}

function choose(
  name: string,
  team: string | undefined,
  declared: readonly Declared[],
  { environment }: Context,
): Declared {
  const found = declared.filter((each) => each.name === name && (team === undefined || each.team === team));
  const [only] = found;
  if (only && new Set(found.map(({ container }) => container)).size === 1) return only;
  if (only) {
    throw usage({
      what: `${found.length} teams declare a secret "${name}".`,
      why: "Each has a value of its own.",
      fix: `Add --team, one of ${found.map((each) => each.team).join(", ")}.`,
    });
  }
  const known = declared.filter((each) => team === undefined || each.team === team).map((each) => each.name);
  const [near] = nearest(name, known);
  throw usage({
    what:
      team === undefined
        ? `No team declares a secret "${name}" in environment "${environment}".`
        : `Team "${team}" declares no secret "${name}" in environment "${environment}".`,
    why: `Declared there ${known.length === 0 ? "is none" : `are: ${known.join(", ")}`}. What no declaration names, no function reads.`,
    fix: near ? `Did you mean ${near}?` : "Name one of these, or declare it first.",
  });
}
