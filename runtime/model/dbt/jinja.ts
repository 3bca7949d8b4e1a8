/** Jinja as dbt renders it: whitespace kept, macros that see each other across files, errors with file and line. */
import { FirnError } from "#core/errors";
import {
  Environment,
  Interpreter,
  type Names,
  type Node,
  parse,
  type Token,
  tokenize,
  type Value,
} from "./library.ts";
import { invalid, refusedNames, refusedTags, unsupported } from "./unsupported.ts";

/** A template: its text, where that stands, and the line of the file that it begins in (default 1). */
export interface Source {
  path: string;
  text: string;
  firstLine?: number;
}

/** Text with attributes: a relation prints itself and has a schema. */
export class NamedText {
  readonly text: string;
  readonly attributes: Record<string, string>;

  constructor(text: string, attributes: Record<string, string>) {
    this.text = text;
    this.attributes = attributes;
  }
}

/** The names a template may use: its own, and those of the scope around it. */
export class Scope {
  readonly names: Names;
  /** The tag at work, by file and line; one for a scope and all within it, since their macros call each other. */
  readonly place: { at: string };

  constructor(parent?: Scope) {
    this.names = new Environment(parent?.names);
    this.place = parent?.place ?? { at: "" };
    if (parent) return;
    const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
    for (const [name, value] of Object.entries(constants)) this.set(name, value);
  }

  /** Plain data, a function of plain arguments (named ones as an object, last), or a NamedText. */
  set(name: string, value: unknown): void {
    this.names.setVariable(name, toRuntime(value));
  }

  /** What another scope defines itself, under one name. */
  setPackage(name: string, { names }: Scope): void {
    const exported = toRuntime({});
    for (const [each, macro] of names.variables) (exported.value as Map<string, Value>).set(each, macro);
    this.names.setVariable(name, exported);
  }
}

/**
 * Renders a template. Macros it defines stay in the scope.
 *
 * @throws {FirnError} `model.invalid` with file and line; `model.unsupported` for what Firn does not render
 */
export function render(source: Source, scope: Scope): string {
  const before = scope.place.at;
  scope.place.at = `${source.path}:${source.firstLine ?? 1}`;
  try {
    return String(new DbtInterpreter(scope).run(parsed(source)).value);
  } catch (cause) {
    throw located(cause, scope.place.at);
  } finally {
    scope.place.at = before;
  }
}

/** Knows where it is, refuses undefined names, and prints values as Python does. */
class DbtInterpreter extends Interpreter {
  readonly #place: { at: string };
  #lenient = 0;

  constructor({ names, place }: Scope) {
    super(names);
    this.#place = place;
  }

  override evaluate(node: Node | undefined, names: Names): Value {
    if (node?.type === "Comment") this.#place.at = String(node.value);
    const lenient = node !== undefined && asksWhetherDefined(node) ? 1 : 0;
    this.#lenient += lenient;
    const value = this.#called(node, () => super.evaluate(node, names));
    this.#lenient -= lenient;
    if (node?.type === "Macro") this.#close(names.lookupVariable(String(node.name?.value)), names);
    const looked = node?.type === "Identifier" || node?.type === "MemberExpression";
    if (looked && this.#lenient === 0 && value.type === "UndefinedValue") throw unknown(node);
    return node && outputs.has(node) ? printed(value) : value;
  }

  #called(node: Node | undefined, work: () => Value): Value {
    try {
      return work();
    } catch (cause) {
      const none =
        node?.type === "CallExpression" && cause instanceof Error && cause.message.startsWith("Cannot call");
      throw none ? unknown(node.callee) : cause;
    }
  }

  /** A macro sees the names of where it stands, as in Jinja, not those of its caller. */
  #close(macro: Value, names: Names): void {
    const body = macro.value as (args: Value[], scope: Names) => Value;
    macro.value = (args: Value[]) => {
      const before = this.#place.at;
      const value = body(args, names);
      this.#place.at = before;
      return value;
    };
  }
}

/** Expressions that stand for themselves in a text: what they give is printed. */
const outputs = new WeakSet<object>();

function parsed(source: Source): Node {
  let furthest = 0;
  let tokens: Token[] = [];
  try {
    tokens = withPlaces(source, tokenize(source.text));
    // The parser's errors name no place, so what it read last is noted.
    const noted = new Proxy(tokens, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) furthest = Math.max(furthest, Number(key));
        return Reflect.get(target, key);
      },
    });
    const program = parse(noted);
    noteOutputs(program);
    return program;
  } catch (cause) {
    const last = tokens.slice(0, furthest + 1).findLast(({ type }) => type === "Comment");
    throw located(
      cause,
      last?.value ?? `${source.path}:${tokens.length > 0 ? (source.firstLine ?? 1) : brokenLine(source)}`,
    );
  }
}

/** Tokens with a comment before each tag that says where it stands; dbt's test blocks become macros. */
function withPlaces({ path, text, firstLine = 1 }: Source, tokens: Token[]): Token[] {
  let cursor = 0;
  const skipTo = (mark: string) => {
    const found = text.indexOf(mark, cursor);
    if (found >= 0) cursor = found + mark.length;
  };
  return tokens.flatMap((token, at) => {
    const { type, value } = token;
    if (type === "Comment") {
      skipTo("{#");
      skipTo("#}");
      return [];
    }
    if (type === "StringLiteral" || type.startsWith("Close")) skipTo(value);
    if (type !== "OpenStatement" && type !== "OpenExpression") return [token];
    skipTo(value);
    const place = { type: "Comment", value: `${path}:${firstLine + lines(text.slice(0, cursor))}` };
    const [tag, named] = type === "OpenStatement" ? tokens.slice(at + 1, at + 3) : [];
    if (tag && refusedTags.has(tag.value)) throw located(unsupported(`{% ${tag.value} %}`), place.value);
    if (tag?.value === "test" && named) {
      tag.value = "macro";
      named.value = `test_${named.value}`;
    }
    if (tag?.value === "endtest") tag.value = "endmacro";
    return [place, token];
  });
}

/** The line from which on the text is no Jinja any more. */
function brokenLine({ text, firstLine = 1 }: Source): number {
  const all = text.split("\n");
  const whole = all.findLastIndex((_, at) => {
    try {
      return tokenize(all.slice(0, at + 1).join("\n"));
    } catch {
      return false;
    }
  });
  return firstLine + Math.min(whole + 1, all.length - 1);
}

/** Line breaks in a text. */
export const lines = (text: string): number => text.split("\n").length - 1;

const statements = "Set If For Macro CallStatement FilterStatement Break Continue Comment".split(" ");

function noteOutputs(node: Node): void {
  for (const child of [...(node.body ?? []), ...(node.alternate ?? []), ...(node.defaultBlock ?? [])]) {
    if (!statements.includes(child.type)) outputs.add(child);
    noteOutputs(child);
  }
}

function asksWhetherDefined({ type, test, filter }: Node): boolean {
  if (type === "TestExpression") return ["defined", "undefined"].includes(String(test?.value));
  return type === "FilterExpression" && (filter?.callee ?? filter)?.value === "default";
}

/** What Python prints of a value. */
function printed(value: Value): Value {
  if (value.type === "BooleanValue") return toRuntime(value.value ? "True" : "False");
  if (value.type === "NullValue") return toRuntime("None");
  if (!/^(Array|Tuple|Object|Function)Value$/.test(value.type)) return value;
  throw new TypeError(`${value.type.replace("Value", "")} is printed whole; print its parts`);
}

function unknown(node: Node | undefined): FirnError {
  const name = dotted(node);
  const refused = [name, name.split(".")[0] ?? ""].find((each) => refusedNames.has(each));
  return refused
    ? unsupported(refused)
    : invalid("", `"${name}" is not defined.`, "Mend the name, or add the macro under macros/.");
}

function dotted(node: Node | undefined): string {
  if (node?.type === "MemberExpression") return `${dotted(node.object)}.${String(node.property?.value)}`;
  return node?.type === "CallExpression" ? `${dotted(node.callee)}()` : String(node?.value);
}

/** The error with its place before its words. */
function located(cause: unknown, at: string): FirnError {
  if (!(cause instanceof FirnError)) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = message.startsWith("Cannot read properties") ? "a block or a tag is not closed" : message;
    return invalid(at, `Jinja failed: ${reason}.`, "Mend the line named.", cause);
  }
  if (/^\S+:\d+: /.test(cause.what)) return cause;
  const { code, why, fix } = cause;
  const what = cause.what.replace(`${at.replace(/:\d+$/, "")}: `, "").replace(/^: /, "");
  return new FirnError(code, { what: `${at}: ${what}`, why, fix, cause });
}

const maker = new Environment();

/** A value of the library's own, made from a plain one. */
function toRuntime(value: unknown): Value {
  maker.variables.clear();
  if (value instanceof NamedText) {
    const text = toRuntime(value.text);
    for (const [name, each] of Object.entries(value.attributes)) text.builtins.set(name, toRuntime(each));
    return text;
  }
  if (typeof value !== "function") return maker.set("made", value);
  const made = maker.set("made", () => null);
  made.value = (args: Value[]) => toRuntime(value(...args.map(toPlain)));
  return made;
}

function toPlain(value: Value): unknown {
  if (value.type === "NullValue") return null;
  if (Array.isArray(value.value)) return value.value.map(toPlain);
  if (!(value.value instanceof Map)) return value.value;
  return Object.fromEntries([...value.value].map(([name, each]) => [name, toPlain(each as Value)]));
}
