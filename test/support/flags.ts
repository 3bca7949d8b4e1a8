/** What the long proofs take from the command line. */

/** @returns the flag's whole number; where it is none, says so and ends the process with 2 */
export function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`prove: --${name} takes a whole number, not "${text}"`);
  process.exit(2);
}
