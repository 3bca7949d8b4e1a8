/** The Snowflake account of the stand-in: its objects, and the statements run in it, in a file of JSON. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { bareName } from "./ids.ts";
import type { Properties } from "./values.ts";

/** An object, or a grant, or what a statement made. */
export interface Kept {
  type: string;
  id: string;
  inputs: Properties;
  computed: Properties;
}

export interface Contents {
  /** By `<type> <id>`. */
  objects: Record<string, Kept>;
  /** What was run, in order: the statements of Execute, and a line for each thing made or dropped. */
  history: string[];
}

/** Read anew and written at each call, so that a test may change it between two runs, as a person would. */
export class Account {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): Contents {
    if (!existsSync(this.path)) return { objects: {}, history: [] };
    return JSON.parse(readFileSync(this.path, "utf8")) as Contents;
  }

  find(type: string, id: string): Kept | undefined {
    return this.read().objects[`${type} ${id}`];
  }

  /** @throws {Error} in Snowflake's words, where it is there already */
  create(kept: Kept, statement: string): void {
    this.change((contents) => {
      if (contents.objects[`${kept.type} ${kept.id}`]) {
        throw new Error(`002002 (42710): SQL compilation error: Object '${kept.id}' already exists.`);
      }
      contents.objects[`${kept.type} ${kept.id}`] = kept;
      contents.history.push(statement);
    });
  }

  update(kept: Kept, statement: string): void {
    this.change((contents) => {
      contents.objects[`${kept.type} ${kept.id}`] = kept;
      contents.history.push(statement);
    });
  }

  /** Dropping what is gone already is no error. */
  drop(type: string, id: string, statement: string): void {
    this.change((contents) => {
      delete contents.objects[`${type} ${id}`];
      contents.history.push(statement);
    });
  }

  private change(apply: (contents: Contents) => void): void {
    const contents = this.read();
    apply(contents);
    writeFileSync(`${this.path}.new`, JSON.stringify(contents, null, 1));
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Kinds and names of all there is, quotes left out: `DATABASE X`, `SCHEMA X.RAW`. What statements made is among it. */
export function namesIn({ objects }: Contents): Set<string> {
  return new Set(
    Object.values(objects).flatMap(({ type, inputs, id }) => {
      const kind = type.replace(/^.*:/, "");
      if (kind === "Execute") return createdBy(String(inputs.execute));
      const name = [inputs.database, inputs.schema, inputs.name].filter((part) => part !== undefined);
      return name.length > 0 && inputs.name !== undefined
        ? [`${kindOf(kind)} ${bareName(name.join("."))}`]
        : [`${kind} ${id}`];
    }),
  );
}

/** What `CREATE ... name` in a statement makes. */
function createdBy(statement: string): string[] {
  const created =
    /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:TRANSIENT\s+)?(\w+(?:\s+(?:POLICY|INTEGRATION))?)\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*)/gi;
  return [...statement.matchAll(created)].map(
    ([, kind = "", name = ""]) => `${kind.toUpperCase()} ${bareName(name)}`,
  );
}

function kindOf(type: string): string {
  switch (type) {
    case "AccountRole":
      return "ROLE";
    case "ServiceUser":
    case "LegacyServiceUser":
    case "User":
      return "USER";
    case "StorageIntegration":
      return "INTEGRATION";
    default:
      return type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
  }
}
