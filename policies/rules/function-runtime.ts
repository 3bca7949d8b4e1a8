import { rule } from "../rule.ts";

export default rule({
  name: "function-runtime",
  claim: "A function runs on the Node that Firn is tested with.",
  severity: "medium",
  why: "An old runtime gets no security fixes, and another one is not what the tests ran.",
  fix: "Set runtime nodejs24.x.",
  provision: {
    source: "AWS Foundational Security Best Practices Lambda.2",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-2",
  },
  settings: { runtimes: { default: ["nodejs24.x"], about: "Runtimes of functions." } },
  types: ["aws:lambda/function:Function"],
  sees: "resource",
  check({ props: { runtime } }, { report, settings }) {
    if (!settings.runtimes.includes(String(runtime))) report(`runs on ${String(runtime)}.`);
  },
});
