import { Command, InvalidArgumentError, Option } from "commander";

import { access } from "./access.ts";
import { bootstrap, type Part, parts } from "./bootstrap.ts";
import type { Context } from "./context.ts";
import { type CostOptions, cost } from "./cost.ts";
import { digest } from "./digest.ts";
import { exitCodes } from "./errors.ts";
import { type BuildOptions, build } from "./gold.ts";
import { janitor } from "./janitor.ts";
import { type LineageOptions, lineage } from "./lineage.ts";
import type { Report } from "./output.ts";
import { plan } from "./plan.ts";
import { price } from "./price.ts";
import { type ProveOptions, prove } from "./prove.ts";
import { quarantineList, quarantineShow, type ShowOptions } from "./quarantine.ts";
import { quarantineReplay, replay } from "./replay.ts";
import { run } from "./run.ts";
import { type SetOptions, secretsList, secretsSet } from "./secrets.ts";
import { sql } from "./sql.ts";
import { status } from "./status.ts";

/** Carries out a command that was parsed. */
export type Work = (command: Command, work: (context: Context) => Promise<Report>) => Promise<void>;

/** The command line: every command, option and example there is. */
export function buildProgram(work: Work): Command {
  const program = new Command("firn")
    .description("Runs declared pipelines: what a source delivers becomes tables people trust.")
    .usage("[options] COMMAND")
    .option("--json", "print one JSON document instead of tables; progress goes to stderr")
    .option("--debug", "show the stack trace of an error")
    .option(
      "--dir <folder>",
      "where the lake, the warehouse and the ledger lie (default: .firn in the project)",
    )
    .addOption(new Option("--env <name>", "the environment under stacks/environments").default("local"))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .addHelpText(
      "after",
      `\nExit codes:\n${Object.entries(exitCodes)
        .map(([code, what]) => `  ${code}  ${what}`)
        .join(
          "\n",
        )}\n  130  stopped by Ctrl-C; running again resumes\nOf several pipelines the worst counts, from best to worst: 0, 3, 2, 1.`,
    )
    .addHelpText(
      "after",
      examples("run", "status --json", 'sql "FROM learning.silver.learner_activity LIMIT 5"'),
    );

  program
    .command("run")
    .argument("[pipeline...]", "names, or team.pipeline (default: all)")
    .option("--due", "only those whose schedule has come round, or that have a batch open: for a cron entry")
    .option("--no-models", "leave gold as it is")
    .description(
      "read what is new, check it and merge it until nothing is left; then build the teams' models",
    )
    .addHelpText("after", examples("run", "run learner_activity", "run commerce.orders --json", "run --due"))
    .action((names: string[], options: { due?: boolean; models?: boolean }, command: Command) =>
      work(command, (context) => run(names, options, context)),
    );

  program
    .command("build")
    .argument("[team...]", "names (default: all teams with models)")
    .option("--select <selector...>", "dbt's selectors: name, +name, name+, tag:x")
    .option("--exclude <selector...>", "the same, left out")
    .option("--full-refresh", "build incremental models anew")
    .option("--backfill", "declare that more is scanned than usual, so that no alert tells of it")
    .description("build gold: the models of a team's dbt project, with their tests")
    .addHelpText(
      "after",
      examples("build", "build commerce --select +monthly_revenue", "build --full-refresh"),
    )
    .action((names: string[], options: BuildOptions, command: Command) =>
      work(command, (context) => build(names, options, context)),
    );

  program
    .command("plan")
    .argument("[pipeline...]", "names, or team.pipeline (default: all)")
    .description("show what the next run would read, and why; changes nothing")
    .addHelpText("after", examples("plan", "plan orders --json"))
    .action((names: string[], _, command: Command) => work(command, (context) => plan(names, context)));

  program
    .command("status")
    .argument("[pipeline...]", "names, or team.pipeline (default: all)")
    .description("show how far each pipeline has come, and what stands in its way")
    .addHelpText("after", examples("status", "status learner_activity --json"))
    .action((names: string[], _, command: Command) => work(command, (context) => status(names, context)));

  program
    .command("replay")
    .argument("<pipeline>", "a name, or team.pipeline")
    .requiredOption("--batch <batch>", "the batch's number or id")
    .description("load a batch again from bronze under today's declaration, with no call to the source")
    .addHelpText(
      "after",
      examples("replay orders --batch 3", "replay learner_activity --batch learner_activity.000001"),
    )
    .action((name: string, options: { batch: string }, command: Command) =>
      work(command, (context) => replay(name, options, context)),
    );

  const quarantine = program
    .command("quarantine")
    .description("look at the rows that were set aside, and promote those that were mended")
    .addHelpText(
      "after",
      examples("quarantine list", "quarantine show orders --limit 5", "quarantine replay orders"),
    );
  quarantine
    .command("list")
    .argument("[pipeline]", "a name, or team.pipeline (default: all)")
    .description("count rows by pipeline, batch and reason")
    .addHelpText("after", examples("quarantine list", "quarantine list orders --json"))
    .action((name: string | undefined, _, command: Command) =>
      work(command, (context) => quarantineList(name, context)),
    );
  quarantine
    .command("show")
    .argument("<pipeline>", "a name, or team.pipeline")
    .option("--batch <batch>", "only this batch: its number or id")
    .option("--limit <n>", "rows at most", parseCount, 20)
    .option("--reveal", "show the values, which are masked otherwise")
    .description("show rows with their reason and where they lie")
    .addHelpText("after", examples("quarantine show orders", "quarantine show orders --batch 2 --reveal"))
    .action((name: string, options: ShowOptions, command: Command) =>
      work(command, (context) => quarantineShow(name, options, context)),
    );

  quarantine
    .command("replay")
    .argument("<pipeline>", "a name, or team.pipeline")
    .option("--batch <batch>", "only this batch: its number or id")
    .description(
      "check the rows that were set aside again, from bronze and as declared now; promote the good ones",
    )
    .addHelpText("after", examples("quarantine replay orders", "quarantine replay orders --batch 2 --json"))
    .action((name: string, options: { batch?: string }, command: Command) =>
      work(command, (context) => quarantineReplay(name, options, context)),
    );

  program
    .command("sql")
    .argument("<query>", "one SELECT, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN")
    .option("--team <name>", "look up schema.table in this team; otherwise write team.schema.table")
    .option("--limit <n>", "rows at most", parseCount, 100)
    .description("query all teams' tables, read-only")
    .addHelpText(
      "after",
      examples('sql "SHOW ALL TABLES"', 'sql "SELECT count(*) FROM silver.orders" --team commerce'),
    )
    .action((query: string, options: { team?: string; limit: number }, command: Command) =>
      work(command, (context) => sql(query, options, context)),
    );

  program
    .command("cost")
    .argument("[team]", "a team's name (default: all)")
    .option("--days <n>", "how far to look back", parseCount, 7)
    .option("--model <name>", "one model's last builds: what each scanned, and for how many changed rows")
    .description(
      "show what statements scanned and cost, by model and stage, and how the month's budget stands",
    )
    .addHelpText("after", examples("cost", "cost commerce --days 30", "cost --model monthly_revenue --json"))
    .action((name: string | undefined, options: CostOptions, command: Command) =>
      work(command, (context) => cost(name, options, context)),
    );

  program
    .command("price")
    .description(
      "show what an environment in the cloud costs while nothing runs, and what its account must hold",
    )
    .addHelpText("after", examples("price --env prod", "price --env dev --json"))
    .action((_, command: Command) => work(command, (context) => price(context)));

  program
    .command("digest")
    .argument(
      "[table...]",
      "a pipeline, schema.table or team.schema.table (default: silver and quarantine of all)",
    )
    .addOption(
      new Option("--columns <which>", "data leaves out what only tells how a row came")
        .choices(["all", "data"])
        .default("all"),
    )
    .description("print rows and digest of tables: equal where they hold the same rows, in any order")
    .addHelpText("after", examples("digest", "digest silver.orders --columns data"))
    .action((tables: string[], options: { columns: "all" | "data" }, command: Command) =>
      work(command, (context) => digest(tables, options, context)),
    );

  program
    .command("prove")
    .addOption(new Option("--only <proof>", "what to prove").choices(["incremental"]).default("incremental"))
    .option("--model <name>", "one model, or team.model, with what it is made of (default: all)")
    .option("--seeds <n>", "how many trials, each of a seed of its own (default: 10)", parseCount)
    .option("--seed <n>", "the first seed; alone: only this one (default: 1)", parseCount)
    .option("--rows <n>", "about so many rows of each history, whole keys (default: all)", parseCount)
    .option("--reveal", "show texts and ids, which are masked otherwise")
    .description("prove that incremental models equal their rebuild, over the real history, cut anew")
    .addHelpText(
      "after",
      examples("prove", "prove --only incremental --model commerce.daily_revenue --seed 3"),
    )
    .action((options: ProveOptions, command: Command) => work(command, (context) => prove(options, context)));

  program
    .command("lineage")
    .argument("[name]", "a model, MODEL.COLUMN or silver.TABLE.COLUMN (default: all columns with PII)")
    .option("--team <name>", "only this team's tables and models")
    .option("--up", "only what it is made of")
    .option("--down", "only what is made of it")
    .option("--depth <n>", "steps from table to table at most", parseCount)
    .description("show where columns come from and where they go; changes nothing")
    .addHelpText(
      "after",
      examples("lineage", "lineage monthly_revenue.revenue --up", "lineage silver.orders --down --depth 2"),
    )
    .action((name: string | undefined, options: LineageOptions, command: Command) =>
      work(command, (context) => lineage(name, options, context)),
    );

  program
    .command("access")
    .argument("[team]", "what its principals reach, and who reaches what is its own (default: all)")
    .description("show who can read and write what in an environment of the cloud, by which way")
    .addHelpText("after", examples("access --env prod", "access commerce --env prod --json"))
    .action((name: string | undefined, _, command: Command) =>
      work(command, (context) => access(name, context)),
    );

  program
    .command("janitor")
    .argument("[pipeline...]", "names, or team.pipeline (default: all, and what belongs to none)")
    .option("--remove", "remove what is listed; without it nothing is changed")
    .description("list what provably nobody needs: lost attempts, ended leases, tables of promoted batches")
    .addHelpText("after", examples("janitor", "janitor orders --remove"))
    .action((names: string[], options: { remove?: boolean }, command: Command) =>
      work(command, (context) => janitor(names, options, context)),
    );

  const secrets = program
    .command("secrets")
    .description("put in the values of declared secrets, and see which are missing; none is ever shown")
    .addHelpText("after", examples("secrets list --env dev", "secrets set slack_webhook --env prod"));
  secrets
    .command("set")
    .argument("<name>", "the secret, as declarations name it")
    .option("--team <name>", "the team that declares it; _platform for what alerts are sent with")
    .option("--replace", "also where a PII key stands: its tokens will not match those of the old one")
    .description("read a value from standard input, or hidden from the terminal, and put it in")
    .addHelpText(
      "after",
      examples(
        "secrets set learning_platform_token --env dev --team learning",
        "secrets set slack_webhook --env prod < webhook.txt",
      ),
    )
    .action((name: string, options: SetOptions, command: Command) =>
      work(command, (context) => secretsSet(name, options, context)),
    );
  secrets
    .command("list")
    .option("--team <name>", "only this team's")
    .description("show which secrets have a value")
    .addHelpText(
      "after",
      examples("secrets list --env prod", "secrets list --env dev --team learning --json"),
    )
    .action(({ team }: { team?: string }, command: Command) =>
      work(command, (context) => secretsList(team, context)),
    );

  program
    .command("bootstrap")
    .addOption(new Option("--part <part>", "one part alone, for a file").choices(parts).default("steps"))
    .description("print what the first administrator of an environment in the cloud does once")
    .addHelpText(
      "after",
      examples("bootstrap --env dev", "bootstrap --env dev --part aws > bootstrap-dev.json"),
    )
    .action((options: { part: Part }, command: Command) =>
      work(command, (context) => bootstrap(options, context)),
    );

  return program;
}

function examples(...commands: string[]): string {
  return `\nExamples:\n${commands.map((each) => `  npx firn ${each}`).join("\n")}`;
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1 to 9,999,999.");
}
