/** The commands of an environment in the cloud: what it costs, who reaches what, its secrets, its first day. */
import { type Command, Option } from "commander";
import { access } from "./access.ts";
import { bootstrap, type Part, parts } from "./bootstrap.ts";
import { examples, type Work } from "./command.ts";
import { price } from "./price.ts";
import { type SetOptions, secretsList, secretsSet } from "./secrets.ts";

/** Adds them to the program. */
export function addCloudCommands(program: Command, work: Work): void {
  program
    .command("price")
    .description(
      "show what an environment in the cloud costs while nothing runs, and what its account must hold",
    )
    .addHelpText("after", examples("price --env prod", "price --env dev --json"))
    .action((_, command: Command) => work(command, (context) => price(context)));

  program
    .command("access")
    .argument("[team]", "what its principals reach, and who reaches what is its own (default: all)")
    .description("show who can read and write what in an environment of the cloud, by which way")
    .addHelpText("after", examples("access --env prod", "access commerce --env prod --json"))
    .action((name: string | undefined, _, command: Command) =>
      work(command, (context) => access(name, context)),
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
}
