import { rule } from "../rule.ts";

export default rule({
  name: "function-bounded",
  claim: "A function says how long it may run and how much memory it has.",
  severity: "medium",
  why: "Lambda's defaults, 3 seconds and 128 MB, end every stage halfway; too much is paid by the millisecond.",
  fix: "Set timeout and memorySize, within the environment's bounds.",
  provision: {
    source: "AWS Lambda, quotas",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
  },
  settings: {
    secondsMax: { default: 900, about: "Seconds that a function may run at most." },
    megabytesMax: { default: 4096, about: "Megabytes of memory at most." },
  },
  types: ["aws:lambda/function:Function"],
  sees: "resource",
  check({ props: { timeout, memorySize } }, { report, settings }) {
    if (!isWithin(timeout, 1, settings.secondsMax)) {
      report(`has timeout ${String(timeout)}, not 1 to ${settings.secondsMax} s.`);
    }
    if (!isWithin(memorySize, 128, settings.megabytesMax)) {
      report(`has memorySize ${String(memorySize)}, not 128 to ${settings.megabytesMax} MB.`);
    }
  },
});

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
