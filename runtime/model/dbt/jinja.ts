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
import { refusedNames, refusedTags, unsupported } from "./unsupported.ts";

/** A template: its text and where that stands. */
export interface Source {
  path: string;
  text: string;
  /** Line of the file that the text begins in. Default 1. */
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
    for (const [name, value] of Object.entries({ true: true, false: false, none: null })) {
      this.set(name, value);
      this.set(
        name.replace(/^./, (first) => first.toUpperCase()),
        value,
      );
    }
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

  has(name: string): boolean {
    return this.names.variables.has(name);
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
    if (node && asksWhetherDefined(node)) return this.#leniently(() => super.evaluate(node, names));
    const value = this.#called(node, () => super.evaluate(node, names));
    if (node?.type === "Macro") this.#close(names.lookupVariable(String(node.name?.value)), names);
    const looked = node?.type === "Identifier" || node?.type === "MemberExpression";
    if (looked && this.#lenient === 0 && value.type === "UndefinedValue") throw unknown(node);
    return node && outputs.has(node) ? printed(value) : value;
  }

  #leniently(work: () => Value): Value {
    this.#lenient++;
    try {
      return work();
    } finally {
      this.#lenient--;
    }
  }

  #called(node: Node | undefined, work: () => Value): Value {
    if (node?.type !== "CallExpression") return work();
    try {
      return work();
    } catch (cause) {
      if (cause instanceof Error && cause.message.startsWith("Cannot call something"))
        throw unknown(node.callee);
      throw cause;
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
    collectOutputs(program);
    return program;
  } catch (cause) {
    const last = tokens.slice(0, furthest + 1).findLast(({ type }) => type === "Comment");
    throw located(
      cause,
      last?.value ?? `${source.path}:${tokens.length > 0 ? (source.firstLine ?? 1) : brokenLine(source)}`,
    );
  }
}

/** Tokens with a comment before each tag that says where it stands; dbt's own blocks become macros. */
function withPlaces({ path, text, firstLine = 1 }: Source, tokens: Token[]): Token[] {
  let cursor = 0;
  let counted = 0;
  let line = firstLine;
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
    for (; counted < cursor; counted++) if (text[counted] === "\n") line++;
    const place = { type: "Comment", value: `${path}:${line}` };
    const tag = type === "OpenStatement" ? tokens[at + 1] : undefined;
    if (tag && refusedTags.has(tag.value)) throw located(unsupported(`{% ${tag.value} %}`), place.value);
    const named = tokens[at + 2];
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
  const lines = text.split("\n");
  const whole = lines.findLastIndex((_, at) => {
    try {
      tokenize(lines.slice(0, at + 1).join("\n"));
      return true;
    } catch {
      return false;
    }
  });
  return firstLine + Math.min(whole + 1, lines.length - 1);
}

const statements = [
  "Set",
  "If",
  "For",
  "Macro",
  "CallStatement",
  "FilterStatement",
  "Break",
  "Continue",
  "Comment",
];

function collectOutputs(node: Node): void {
  for (const key of ["body", "alternate", "defaultBlock"] as const) {
    for (const child of node[key] ?? []) {
      if (!statements.includes(child.type)) outputs.add(child);
      collectOutputs(child);
    }
  }
}

function asksWhetherDefined({ type, test, filter }: Node): boolean {
  if (type === "TestExpression") return ["defined", "undefined"].includes(String(test?.value));
  const name = filter?.type === "CallExpression" ? filter.callee?.value : filter?.value;
  return type === "FilterExpression" && name === "default";
}

/** What Python prints of a value. */
function printed(value: Value): Value {
  if (value.type === "BooleanValue") return toRuntime(value.value ? "True" : "False");
  if (value.type === "NullValue") return toRuntime("None");
  if (["ArrayValue", "TupleValue", "ObjectValue", "FunctionValue"].includes(value.type))
    throw new TypeError(`${value.type.replace("Value", "")} is printed whole; print its parts`);
  return value;
}

function unknown(node: Node | undefined): FirnError {
  const name = dotted(node);
  const [root = name] = name.split(".");
  if (refusedNames.has(name) || refusedNames.has(root))
    return unsupported(refusedNames.has(name) ? name : root);
  return new FirnError("model.invalid", {
    what: `"${name}" is not defined.`,
    why: "No macro and no variable of this project has that name.",
    fix: "Mend the name, or add the macro under macros/.",
  });
}

function dotted(node: Node | undefined): string {
  if (node?.type === "MemberExpression") return `${dotted(node.object)}.${String(node.property?.value)}`;
  return node?.type === "CallExpression" ? `${dotted(node.callee)}()` : String(node?.value);
}

/** The error with its place before its words. */
function located(cause: unknown, at: string): FirnError {
  if (cause instanceof FirnError && /^\S+:\d+: /.test(cause.what)) return cause;
  const [what, why, fix] =
    cause instanceof FirnError
      ? [cause.what, cause.why, cause.fix]
      : [
          `Jinja failed: ${reason(cause)}.`,
          "dbt files are Jinja templates; this one cannot be rendered.",
          "Mend the line named.",
        ];
  const code = cause instanceof FirnError ? cause.code : "model.invalid";
  return new FirnError(code, { what: `${at}: ${what}`, why, fix, cause });
}

/** The library's words; where it ran out of input it has none. */
function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.startsWith("Cannot read properties") ? "a block or a tag is not closed" : message;
}

const maker = new Environment();

/** A value of the library's own, made from a plain one. */
function toRuntime(value: unknown): Value {
  if (value instanceof NamedText) {
    const text = toRuntime(value.text);
    for (const [name, each] of Object.entries(value.attributes))
      (text.builtins as Map<string, Value>).set(name, toRuntime(each));
    return text;
  }
  if (typeof value === "function") {
    const made = toRuntime(null);
    return Object.assign(Object.create(functionPrototype()), made, {
      type: "FunctionValue",
      value: (args: Value[]) => toRuntime(value(...args.map(toPlain))),
    });
  }
  maker.variables.delete("made");
  return maker.set("made", value);
}

function functionPrototype(): object {
  maker.variables.delete("function");
  return Object.getPrototypeOf(maker.set("function", () => null));
}

function toPlain(value: Value): unknown {
  if (Array.isArray(value.value)) return value.value.map(toPlain);
  if (value.value instanceof Map)
    return Object.fromEntries([...value.value].map(([name, each]) => [name, toPlain(each as Value)]));
  return value.value;
}
