/**
 * A stand-in for the Snowflake provider, whose executable cannot be had everywhere: it judges inputs by the
 * published schema and keeps what it makes in a file, so that the engine's whole life of a stack can be run. It
 * is not Snowflake: what a statement does, and what privileges allow, it does not know.
 */
import { type Account, type Kept, namesIn } from "./account.ts";
import { checkConfig, checkResource, type Failure, parsedConfig } from "./check.ts";
import { computedOf, previewOf, stateOf } from "./computed.ts";
import { type Change, deletesFirst, diffResource, isAutoNamed } from "./diff.ts";
import { idOf } from "./ids.ts";
import { missingReferences } from "./references.ts";
import type { ProviderSchema } from "./schema.ts";
import { bareAll, given, isSecret, type Properties, secret } from "./values.ts";

export interface Asked {
  type: string;
  urn: string;
}

export class StandIn {
  readonly schema: ProviderSchema;
  readonly account: Account;
  #previewFeatures: string[] = [];

  constructor(schema: ProviderSchema, account: Account) {
    this.schema = schema;
    this.account = account;
  }

  checkConfig(news: Properties): Failure[] {
    return checkConfig(this.schema, news);
  }

  configure(config: Properties): void {
    this.#previewFeatures = (parsedConfig(this.schema, config).previewFeaturesEnabled ?? []) as string[];
  }

  /** The inputs with the name filled in where none was given, as the bridge does, and what is wrong with them. */
  check(
    type: string,
    olds: Properties,
    news: Properties,
    autoName: string,
  ): { inputs: Properties; failures: Failure[] } {
    const isNamed =
      news.name !== undefined || this.schema.resources[type]?.inputProperties.name === undefined;
    const name = isAutoNamed(olds) ? (olds.name ?? autoName) : autoName;
    const inputs = isNamed ? { ...news, __defaults: [] } : { ...news, name, __defaults: ["name"] };
    return { inputs, failures: checkResource(this.schema, type, inputs, this.#previewFeatures) };
  }

  diff(type: string, oldInputs: Properties, news: Properties): { changes: Change[]; deletesFirst: boolean } {
    return {
      changes: diffResource(this.schema, type, oldInputs, news),
      deletesFirst: deletesFirst(this.schema, type, news),
    };
  }

  /** @throws {Error} in Snowflake's words */
  create({ type, urn }: Asked, inputs: Properties, isPreview: boolean): { id: string; state: Properties } {
    const plain = given(bareAll(inputs));
    if (isPreview) {
      return {
        id: "",
        state: stateOf(this.schema, type, inputs, previewOf(computedOf(this.schema, type, plain, ""))),
      };
    }
    const id = idOf(type, plain, urn);
    this.#requireReferences(type, plain);
    const computed = computedOf(this.schema, type, plain, id);
    this.account.create({ type, id, inputs: plain, computed }, statement("create", type, id, plain.execute));
    return { id, state: stateOf(this.schema, type, inputs, computed) };
  }

  /** What is there now, with the marks of secrets that the state had; undefined where it is gone. */
  read(
    type: string,
    id: string,
    oldInputs: Properties,
  ): { state: Properties; inputs: Properties } | undefined {
    const kept = this.account.find(type, id);
    if (!kept) return undefined;
    const inputs = Object.fromEntries(
      Object.entries(kept.inputs).map(([name, value]) => [
        name,
        isSecret(oldInputs[name]) ? secret(value) : value,
      ]),
    );
    const defaults = oldInputs.__defaults ?? [];
    return {
      state: stateOf(this.schema, type, inputs, kept.computed),
      inputs: { ...inputs, __defaults: defaults },
    };
  }

  update({ type }: Asked, id: string, olds: Properties, news: Properties, isPreview: boolean): Properties {
    const plain = given(bareAll(news));
    if (!isPreview) this.#requireReferences(type, plain);
    const computed = computedOf(this.schema, type, plain, id);
    for (const name of Object.keys(computed)) {
      const before = olds[name];
      if (before !== undefined && name !== "fullyQualifiedName")
        computed[name] = bareAll({ before }).before ?? null;
    }
    if (!isPreview) {
      const kept: Kept = { type, id, inputs: plain, computed };
      this.account.update(kept, statement("alter", type, id, undefined));
    }
    return stateOf(this.schema, type, news, computed);
  }

  /** @throws {Error} for a grant of a role that was dropped before: the provider could not revoke it */
  delete(type: string, id: string, state: Properties): void {
    const plain = given(bareAll(state));
    if (type.includes("/grant")) this.#requireReferences(type, plain);
    this.account.drop(type, id, statement("drop", type, id, plain.revert));
  }

  #requireReferences(type: string, inputs: Properties): void {
    const [problem] = missingReferences(type, inputs, namesIn(this.account.read()));
    if (problem) throw new Error(problem);
  }
}

function statement(verb: string, type: string, id: string, own: unknown): string {
  return typeof own === "string" ? own : `${verb} ${type.replace(/^.*:/, "")} ${id}`;
}
