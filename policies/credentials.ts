/** What looks like a credential in the properties of a resource. */
import { isObject, known } from "./resource.ts";

const shapes: [what: string, shape: RegExp][] = [
  ["an AWS access key", /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----/],
  ["a token of GitHub", /\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})/],
  ["a token of Slack", /\bxox[abeoprs]-[\w-]{10,}/],
  ["a webhook of Slack", /hooks\.slack\.com\/(services|workflows)\/\w+\/\w+/],
  ["a signed token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["an address with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s:@]+@/i],
];

const word =
  "password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?";
/** `password = x`, `"apiKey": "x"`: a word for a credential, and what is given for it. */
const assignment = new RegExp(`(?:^|[^a-z])(${word})["']?\\s*[=:]\\s*(["']?)([^\\s"',;(){}<>$]+)`, "gi");
const named = new RegExp(`(${word})$`, "i");

export interface Credential {
  /** The path of the property. */
  at: string;
  what: string;
}

/** Everything in an object that looks like a credential, by its shape or by what stands before it. */
export function credentialsIn(value: unknown, at = ""): Credential[] {
  if (typeof value === "string") return inText(value, at);
  if (!Array.isArray(value) && !isObject(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const path = at === "" ? key : `${at}.${key}`;
    const inner = known(() => (value as Record<string, unknown>)[key]);
    // An asset's text comes later; what a team's release holds is its declarations, which come from here.
    return inner instanceof Promise || key === "__defaults" ? [] : credentialsIn(inner, path);
  });
}

function inText(text: string, at: string): Credential[] {
  const what =
    shapes.find(([, shape]) => shape.test(text))?.[0] ??
    (named.test(at) && isRandom(text) ? "a credential" : undefined) ??
    [...text.matchAll(assignment)].flatMap(([, word = "", quote = "", given = ""]) =>
      isGiven(word, quote, given) ? [`a ${word.toLowerCase()}`] : [],
    )[0];
  return what === undefined ? [] : [{ at, what }];
}

/** A quoted password is one whatever it is; of anything else, whatever no person would write. */
function isGiven(word: string, quote: string, given: string): boolean {
  const isPassword = /^(password|passwd|pwd|passphrase)$/i.test(word);
  return isRandom(given) || (isPassword && quote !== "" && given.length > 3);
}

/** Sixteen characters or more that no name, address or ARN would have: digits among letters, and no order. */
function isRandom(text: string): boolean {
  return (
    /^[\w+/=.~-]{16,}$/.test(text) &&
    !/^arn:/.test(text) &&
    /\d/.test(text) &&
    /[a-z]/i.test(text) &&
    bitsPerCharacter(text) >= 3.5 &&
    !/^[a-z0-9]+([-_/.][a-z0-9]+)+$/.test(text) &&
    !/^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(text)
  );
}

/** Shannon's entropy. Words have some 3 bits a character, hexadecimal keys 3.5 and more, base64 above 4. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const each of text) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}
