/** A team's state machines: the bytes that the laptop's interpreter runs, with the functions of the team. */
import { goldFence } from "#core/names";
import { renderDefinition, renderModelDefinition, type Task } from "#orchestrate/definition";
import { type Archive, type ArchiveName, aliasOf } from "../archives/plan.ts";
import { archiveOf, hasModels, taskFunctions } from "../functions/sizes.ts";
import { allow, type PolicyDocument, policyOf, trustService } from "../iam.ts";
import { permissionsBoundary } from "../names.ts";
import { functionArn, type Scope } from "../scope.ts";

export interface MachinePlan {
  resource: string;
  /** The pipeline's, or `_gold`. */
  of: string;
  name: string;
  definition: string;
  logGroup: string;
  tags: Record<string, string>;
}

export interface MachinesPlan {
  machines: MachinePlan[];
  role: { name: string; trust: PolicyDocument; policy: PolicyDocument; boundary: string };
  logDays: number;
}

type Hashes = Readonly<Record<ArchiveName, Pick<Archive, "hash">>>;

/**
 * One state machine a pipeline, and one that builds gold where the team has models. Standard ones: an execution
 * waits for statements for hours, is started once by its name, and can be redriven for 14 days.
 *
 * The functions are named with the alias of their code, so that an execution ends with the code it began with.
 */
export function planMachines(scope: Scope, archives: Hashes): MachinesPlan {
  const { environment, team, names, tags } = scope;
  const resource = (task: Task) => `${functionArn(scope, task)}:${aliasOf(archives[archiveOf(task)])}`;
  const machine = (of: string, name: string, definition: string): MachinePlan => ({
    resource: `${team.name}-${of === goldFence ? "gold" : of}-machine`,
    of,
    name,
    definition,
    // Under this prefix AWS shares one statement of its log policy, which would overflow with one for each group.
    logGroup: `/aws/vendedlogs/states/${name}`,
    tags: { ...tags, ...(of !== goldFence && { Pipeline: of }) },
  });
  const pipelines = team.pipelines.map(({ name }) =>
    machine(name, names.machines[name] ?? "", renderDefinition(environment, resource)),
  );
  const gold = hasModels(scope)
    ? [machine(goldFence, names.gold, renderModelDefinition(environment, resource))]
    : [];
  return {
    machines: [...pipelines, ...gold],
    logDays: environment.cloud.logDays,
    role: {
      name: names.machineRole,
      boundary: permissionsBoundary(scope),
      trust: trustService(scope, "states.amazonaws.com"),
      policy: policyOf(
        // The alias of any code: an execution that began before a deployment calls the one it began with.
        allow(
          "CallFunctions",
          ["lambda:InvokeFunction"],
          taskFunctions(scope).map((task) => `${functionArn(scope, task)}:*`),
        ),
        // Log delivery is of the account as a whole: AWS gives these actions no resource to name.
        // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
        allow(
          "DeliverLogs",
          [
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
          ],
          ["*"],
        ),
      ),
    },
  };
}
