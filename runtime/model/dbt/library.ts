/**
 * The Jinja library, with the types that its own declarations, written for bundlers, lose under Node's
 * resolution.
 *
 * @see https://github.com/huggingface/huggingface.js/tree/main/packages/jinja
 */
import * as library from "@huggingface/jinja";

export interface Token {
  type: string;
  value: string;
}

/** A value at run time; `type` is its class's name. */
export interface Value {
  type: string;
  value: unknown;
  readonly builtins: Map<string, Value>;
}

/** A node of the syntax tree; which fields it has follows from its type. */
export interface Node
  extends Partial<Record<"name" | "callee" | "object" | "property" | "test" | "filter", Node>> {
  type: string;
  value?: unknown;
  body?: Node[];
  alternate?: Node[];
  defaultBlock?: Node[];
}

export interface Names {
  readonly variables: Map<string, Value>;
  /** Declares a name from a plain value; refuses one that is declared. */
  set(name: string, value: unknown): Value;
  setVariable(name: string, value: Value): Value;
  lookupVariable(name: string): Value;
}

interface Evaluator {
  run(program: Node): Value;
  evaluate(node: Node | undefined, names: Names): Value;
}

export const { Environment, Interpreter, tokenize, parse } = library as unknown as {
  Environment: new (parent?: Names) => Names;
  Interpreter: new (names: Names) => Evaluator;
  tokenize(text: string): Token[];
  parse(tokens: Token[]): Node;
};
