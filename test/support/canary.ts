/**
 * Looks for values that may be nowhere: in every byte of a folder, in what its packed files hold when they are
 * opened, in errors with all their causes, in any text.
 */
import type { Dirent } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";

/** Values by a name that may be told. */
export type Canaries = Record<string, string>;

export interface Found {
  /** Name of the value, and in which form it was found. */
  canary: string;
  form: string;
  where: string;
}

/** A value as it stands, and as it stands inside of other encodings. */
export function formsOf(value: string): Record<string, string> {
  const bytes = Buffer.from(value, "utf8");
  const json = JSON.stringify(value).slice(1, -1);
  return {
    raw: value,
    "JSON-escaped": json,
    "JSON in JSON": JSON.stringify(json).slice(1, -1),
    "JSON in ASCII": json.replaceAll(
      /[^ -~]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
    "URL-encoded": encodeURIComponent(value),
    "form-encoded": new URLSearchParams({ v: value }).toString().slice(2),
    hex: bytes.toString("hex"),
    HEX: bytes.toString("hex").toUpperCase(),
    inspected: inspect(value).slice(1, -1),
    ...base64Of(bytes, "base64"),
    ...base64Of(bytes, "base64url"),
  };
}

/** What base64 makes of the bytes wherever they lie in a longer text, such as user:password. */
function base64Of(bytes: Buffer, encoding: "base64" | "base64url"): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2].map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
      const from = Math.ceil((before * 8) / 6);
      return [
        `${encoding}, ${before} bytes on`,
        text.slice(from, Math.floor(((before + bytes.length) * 8) / 6)),
      ];
    }),
  );
}

export interface Search {
  text(where: string, text: string): Found[];
  bytes(where: string, bytes: Uint8Array): Found[];
  /** The error, its stack, its properties and all its causes. */
  error(where: string, error: unknown): Found[];
  /** Every file's bytes below a folder; files that vanish meanwhile are gone. */
  folder(folder: string, exempt?: string[]): Promise<Found[]>;
  /** Also what is inside of Parquet, gzip and DuckDB files. The warehouse must be closed. */
  opened(folder: string, exempt?: string[]): Promise<Found[]>;
}

export function openSearch(canaries: Canaries): Search {
  const wanted = Object.entries(canaries).flatMap(([canary, value]) =>
    [
      ...new Map(
        Object.entries(formsOf(value))
          .reverse()
          .map(([form, text]) => [text, form]),
      ),
    ].map(([text, form]) => ({
      canary,
      form,
      needle: Buffer.from(text),
    })),
  );
  const bytes: Search["bytes"] = (where, body) => {
    const haystack = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return wanted.flatMap(({ canary, form, needle }) =>
      haystack.includes(needle) ? [{ canary, form, where }] : [],
    );
  };
  const text: Search["text"] = (where, body) => bytes(where, Buffer.from(body));
  return {
    bytes,
    text,
    error: (where, error) => [
      ...text(
        where,
        inspect(error, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }),
      ),
      ...bytesIn(error).flatMap((each) => bytes(where, each)),
    ],
    folder: (folder, exempt) =>
      each(folder, exempt, async (where, path) => bytes(where, await readFile(path))),
    opened: (folder, exempt) =>
      each(folder, exempt, async (where, path) => [
        ...bytes(where, await readFile(path)),
        ...(await inside(where, path)),
      ]),
  };

  async function each(
    folder: string,
    exempt: string[] = [],
    look: (where: string, path: string) => Promise<Found[]>,
  ): Promise<Found[]> {
    const found: Found[] = [];
    for (const entry of await entriesUnder(folder)) {
      const path = join(entry.parentPath, entry.name);
      const where = relative(folder, path);
      if (exempt.some((name) => where === name || where.startsWith(`${name}/`))) continue;
      found.push(...text(`the name of ${where}`, where));
      if (!entry.isFile()) continue;
      try {
        found.push(...(await look(where, path)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    return found;
  }

  /** While a run is at work, folders go between two looks: readdir's own recursion would fail on one. */
  async function entriesUnder(folder: string): Promise<Dirent[]> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return [];
    });
    const within = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entriesUnder(join(folder, entry.name)));
    return [...entries, ...(await Promise.all(within)).flat()];
  }

  async function inside(where: string, path: string): Promise<Found[]> {
    if (path.endsWith(".gz")) return bytes(`${where}, unpacked`, gunzipSync(await readFile(path)));
    if (path.endsWith(".parquet")) return rowsOf(where, `FROM read_parquet('${path.replaceAll("'", "''")}')`);
    return path.endsWith(".duckdb") ? tablesOf(where, path) : [];
  }

  async function rowsOf(where: string, query: string): Promise<Found[]> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(query)).getRowObjectsJson();
    connection.closeSync();
    instance.closeSync();
    return values(where, rows);
  }

  /** Opens a copy, with what has not been written into the file yet. */
  async function tablesOf(where: string, path: string): Promise<Found[]> {
    const copy = await mkdtemp(join(tmpdir(), "firn-canary-"));
    const target = join(copy, basename(path));
    await cp(path, target);
    await cp(`${path}.wal`, `${target}.wal`).catch(() => undefined);
    const instance = await DuckDBInstance.create(target);
    const connection = await instance.connect();
    try {
      const read = async (query: string) => (await connection.runAndReadAll(query)).getRowObjectsJson();
      const tables = await read("SELECT schema_name, table_name, sql FROM duckdb_tables()");
      const found = values(`${where}, its tables`, tables);
      for (const { schema_name, table_name } of tables) {
        const name = `"${schema_name}"."${table_name}"`;
        found.push(...values(`${where}, ${name}`, await read(`FROM ${name}`)));
      }
      return found;
    } finally {
      connection.closeSync();
      instance.closeSync();
      await rm(copy, { recursive: true });
    }
  }

  /** Each value on its own: in JSON they would be escaped once more. */
  function values(where: string, rows: unknown[]): Found[] {
    const texts: string[] = [];
    JSON.stringify(rows, (key, value: unknown) => {
      texts.push(key);
      if (typeof value === "string") texts.push(value);
      return value;
    });
    return text(where, texts.join("\n"));
  }
}

/** All bytes that a value holds, however deep: shown as numbers they would not be found. */
function bytesIn(value: unknown, met = new Set<unknown>()): Uint8Array[] {
  if (typeof value !== "object" || value === null || met.has(value)) return [];
  met.add(value);
  if (value instanceof Uint8Array) return [value];
  return Reflect.ownKeys(value).flatMap((name) => {
    const property = Object.getOwnPropertyDescriptor(value, name);
    return property && "value" in property ? bytesIn(property.value, met) : [];
  });
}
