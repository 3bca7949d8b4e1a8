/** A dbt project of any size, made of copies of a shipped one: the same SQL, each copy under names of its own. */
import { parse, stringify } from "yaml";
import { loadStacks } from "#stacks";

interface Tested {
  data_tests?: unknown[];
  columns?: Tested[];
}

/**
 * The files of a project with at least so many models and about so many tests, from those of team commerce.
 *
 * Every copy reads the same silver; macros, configuration and sources are shared.
 */
export function copiesOf(models: number, tests: number): Record<string, string> {
  const shipped = loadStacks("local").teams.find(({ name }) => name === "commerce")?.models ?? {};
  const paths = Object.keys(shipped);
  const own = paths.filter((path) => /^(models|tests)\/.*\.(sql|yml)$/.test(path));
  const names = own.filter((path) => path.endsWith(".sql")).map((path) => /(\w+)\.sql$/.exec(path)?.[1]);
  const copies = Math.ceil(models / own.filter((path) => /^models\/.*\.sql$/.test(path)).length);
  const word = new RegExp(`\\b(${names.join("|")})\\b`, "g");
  const files = Object.fromEntries(
    paths.filter((path) => !own.includes(path)).map((path) => [path, shipped[path] ?? ""]),
  );
  let left = tests;
  for (let copy = 1; copy <= copies; copy++) {
    const named = (text: string) => text.replaceAll(word, `$1_${String(copy).padStart(3, "0")}`);
    let budget = Math.round(left / (copies - copy + 1));
    left -= budget;
    for (const path of own) {
      const text = named(shipped[path] ?? "");
      const target = named(path).replace(/^(\w+)\//, `$1/copy_${copy}/`);
      if (path.startsWith("tests/")) budget--;
      files[target] = path.endsWith(".yml") ? fewer(text) : text;
    }

    function fewer(yaml: string): string {
      const { sources, ...rest } = parse(yaml) as Record<string, unknown> & { models?: Tested[] };
      for (const model of rest.models ?? []) for (const each of [model, ...(model.columns ?? [])]) keep(each);
      return stringify({ ...(copy === 1 && sources !== undefined && { sources }), ...rest });
    }

    function keep(of: Tested): void {
      of.data_tests = (of.data_tests ?? []).slice(0, Math.max(0, budget));
      budget -= of.data_tests.length;
    }
  }
  return files;
}
