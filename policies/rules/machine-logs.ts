import { at, has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "machine-logs",
  claim: "A state machine logs what happens and not what it is about.",
  severity: "medium",
  why: "Without a log nobody can tell why a run failed; with execution data the log holds what states hand on.",
  fix: "Give it a loggingConfiguration with a level, a logDestination, and includeExecutionData false.",
  provision: {
    source: "AWS Foundational Security Best Practices StepFunctions.1",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/stepfunctions-controls.html#stepfunctions-1",
  },
  types: ["aws:sfn/stateMachine:StateMachine"],
  sees: "resource",
  check({ props }, { report }) {
    const logging = at(props, "loggingConfiguration");
    if (!["ALL", "ERROR", "FATAL"].includes(String(logging.level)) || !has(logging, "logDestination")) {
      report("logs nothing.");
    } else if (logging.includeExecutionData === true) report("logs execution data.");
  },
});
