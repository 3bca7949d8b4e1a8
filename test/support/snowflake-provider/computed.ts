/** What Snowflake, or the provider, adds to what was given. */
import { createHash } from "node:crypto";
import { quoted } from "./ids.ts";
import type { ProviderSchema } from "./schema.ts";
import { type Json, type Properties, secret, unknown } from "./values.ts";

/**
 * Values of the properties that are always there and were not given. What other resources are built from looks
 * as Snowflake writes it; of the rest only the type is right.
 */
export function computedOf(schema: ProviderSchema, type: string, inputs: Properties, id: string): Properties {
  const spec = schema.resources[type];
  if (!spec) return {};
  const missing = (spec.required ?? []).filter((name) => inputs[name] === undefined);
  return Object.fromEntries(missing.map((name) => [name, computed(name)]));

  function computed(name: string): Json {
    switch (name) {
      case "fullyQualifiedName":
        return quoted(...[inputs.database, inputs.schema, inputs.name].filter((part) => part !== undefined));
      case "storageAwsIamUserArn":
        return "arn:aws:iam::123456789012:user/stand-in-snowflake";
      case "storageAwsExternalId":
        return `STANDIN_SFCRole=2_${createHash("sha256").update(id).digest("base64").slice(0, 27)}=`;
      case "createdOn":
        return "2026-01-01 00:00:00 +0000 UTC";
    }
    switch (spec?.properties[name]?.type) {
      case "array":
        return [];
      case "integer":
      case "number":
        return 0;
      case "boolean":
        return false;
      default:
        return "";
    }
  }
}

/** What a preview can say of them: nothing, but the name that is made of what was given. */
export function previewOf(computed: Properties): Properties {
  return Object.fromEntries(
    Object.entries(computed).map(([name, value]) => [name, name === "fullyQualifiedName" ? value : unknown]),
  );
}

/** All properties of a resource's state; those that the schema calls secret are marked. */
export function stateOf(
  schema: ProviderSchema,
  type: string,
  inputs: Properties,
  computed: Properties,
): Properties {
  const { properties = {} } = schema.resources[type] ?? {};
  return Object.fromEntries(
    Object.entries({ ...computed, ...inputs })
      .filter(([name]) => !name.startsWith("__"))
      .map(([name, value]) => [name, properties[name]?.secret ? secret(value) : value]),
  );
}
