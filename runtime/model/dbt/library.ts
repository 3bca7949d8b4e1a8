/**
 * The Jinja library with the types Firn needs of it. Its own declarations are written for bundlers: under
 * Node's resolution they come to nothing.
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
export interface Node {
  type: string;
  value?: unknown;
  name?: Node;
  callee?: Node;
  object?: Node;
  property?: Node;
  test?: Node;
  filter?: Node;
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

interface Library {
  Environment: new (parent?: Names) => Names;
  Interpreter: new (names: Names) => Evaluator;
  tokenize(text: string): Token[];
  parse(tokens: Token[]): Node;
}

export const { Environment, Interpreter, tokenize, parse } = library as unknown as Library;
