import { StringDecoder } from "node:string_decoder";
import { usage } from "./errors.ts";

/** As much of a terminal's input as is needed here; a test brings its own. */
export interface Input extends AsyncIterable<Buffer | string> {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/**
 * Reads a value without showing it: what is typed up to Enter at a terminal, else all of standard input. One line
 * break at its end is not part of it.
 *
 * @throws {FirnError} `cli.usage` where Ctrl-C or Ctrl-D ended the typing
 */
export async function readHidden(
  prompt: string,
  input: Input,
  output: { write(text: string): unknown },
): Promise<string> {
  if (input.isTTY !== true) return (await all(input)).replace(/\r?\n$/, "");
  output.write(prompt);
  input.setRawMode?.(true);
  try {
    return await typed(input);
  } finally {
    input.setRawMode?.(false);
    output.write("\n");
  }
}

async function all(input: Input): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const chunk of input) text += typeof chunk === "string" ? chunk : decoder.write(chunk);
  return text + decoder.end();
}

async function typed(input: Input): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let characters: string[] = [];
  for await (const chunk of input) {
    for (const each of typeof chunk === "string" ? chunk : decoder.write(chunk)) {
      if (each === "\r" || each === "\n") return characters.join("");
      if (each === "\u0003" || each === "\u0004") throw given();
      if (each === "\u007f" || each === "\b") characters = characters.slice(0, -1);
      else characters.push(each);
    }
  }
  return characters.join("");
}

function given() {
  return usage({
    what: "The value was not finished.",
    why: "Ctrl-C or Ctrl-D was typed.",
    fix: "Run the command again; nothing was changed.",
  });
}
