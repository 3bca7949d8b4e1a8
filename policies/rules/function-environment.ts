import { at } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "function-environment",
  claim: "A function's environment says where it is, and nothing that is secret.",
  severity: "high",
  why: "Whoever may look at a function sees its environment.",
  fix: "Let the handler read the secret by its name; name a variable FIRN_....",
  provision: {
    source: "AWS Lambda, environment variables",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
  },
  settings: {
    others: {
      default: ["NODE_OPTIONS", "SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "TZ", "HOME"],
      about: "Variables that do not begin with FIRN_.",
    },
  },
  types: ["aws:lambda/function:Function"],
  sees: "resource",
  check({ props }, { report, settings }) {
    for (const name of Object.keys(at(props, "environment", "variables"))) {
      if (/(PASSWORD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|CREDENTIAL)(_VALUE)?$/.test(name)) {
        report(`has a variable ${name}.`);
      } else if (!name.startsWith("FIRN_") && !settings.others.includes(name)) {
        report(`has a variable ${name}, which no handler reads.`);
      }
    }
  },
});
