/** Lines of a preview that say that a rule could not be evaluated: Pulumi's own words, and the pack's. */
export function unjudged(output: string): string[] {
  return output
    .split("\n")
    .filter(
      (line) => line.includes("can't be known during preview") || line.includes("could not be evaluated:"),
    )
    .map((line) => line.trim());
}
