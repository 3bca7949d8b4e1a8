import assert from "node:assert/strict";
import { type AllowedUnknown, judge } from "../../policies/judge.ts";
import type { Resource } from "../../policies/resource.ts";
import type { Rule } from "../../policies/rule.ts";
import { rules } from "../../policies/rules.ts";
import { unjudged } from "../../policies/unjudged.ts";
import allowed from "../../policies/unknown.json" with { type: "json" };
import { type Plain, Registry, shipped } from "./registry.ts";
import { sample } from "./sample.ts";

/** Not in its types, since a pack has no use for it. */
const { unknownCheckingProxy } = (await import("@pulumi/policy/proxy.js")) as unknown as {
  unknownCheckingProxy<T>(props: T): T;
};

/** What the engine sends for a text that it does not know yet. @see @pulumi/policy's proxy.js */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("a value that a preview does not know", () => {
  it("never makes a rule throw, whichever it is: the rule judges without it or says that it cannot", async () => {
    const plain = [...sample, ...(await shipped("prod"))];
    const seen = new Set<string>();
    let cannot = 0;
    for (const { type, props } of plain) {
      if (seen.has(type)) continue;
      seen.add(type);
      for (const property of Object.keys(props)) {
        for (const finding of findings(plain, type, property)) {
          if (finding.message.startsWith("could not be evaluated:")) cannot += 1;
        }
      }
    }
    assert.ok(cannot > 50, `only ${cannot} times did a rule say so`);
  });

  it("is a finding that names the rule, the type and the resource", () => {
    const found = findings(sample, "aws:kms/key:Key", "enableKeyRotation");
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ["key-rotates"],
    );
    assert.match(
      found[0]?.message ?? "",
      /^could not be evaluated: rule=key-rotates type=aws:kms\/key:Key name=platform-key: string value at \.enableKeyRotation can't be known/,
    );
  });

  it("is no finding where unknown.json allows it for that rule, type and ending of a name", () => {
    const rule = rules.find(({ name }) => name === "key-rotates") as Rule;
    const key = unknownIn(sample, "aws:kms/key:Key", "enableKeyRotation").find(
      ({ type }) => type === "aws:kms/key:Key",
    ) as Resource;
    const allow = (rule: string, type: string, name = "-key"): AllowedUnknown[] => [
      { rule, type, name, reason: "a test" },
    ];
    const count = (list: AllowedUnknown[]) => judge(rule, key, { resources: [] }, list).length;
    assert.equal(count(allow("key-rotates", "aws:kms/key:Key")), 0);
    assert.equal(count(allow("key-rotates", "aws:s3/bucket:Bucket")), 1);
    assert.equal(count(allow("key-deletion-waits", "aws:kms/key:Key")), 1);
    assert.equal(count(allow("key-rotates", "aws:kms/key:Key", "-lake")), 1);
  });

  it("hides nothing that a rule of the whole stack finds in other resources", () => {
    const registry = new Registry(sample);
    registry.remove(
      registry.find("aws:s3/bucketVersioning:BucketVersioning", ({ name }) => name.includes("inbox")),
    );
    const found = findings(
      registry.all,
      "aws:s3/bucketVersioning:BucketVersioning",
      "versioningConfiguration",
    );
    assert.deepEqual(
      found.map(({ rule, name, message }) => [rule, name, message.startsWith("could not")]),
      [
        ["bucket-versioned", "learning-raw", true],
        ["bucket-versioned", "learning-inbox", false],
      ],
    );
  });

  it("may be a key's, a bucket's or a queue's id: presence is enough for encryption", () => {
    for (const [type, property] of [
      ["aws:sqs/queue:Queue", "kmsMasterKeyId"],
      ["aws:secretsmanager/secret:Secret", "kmsKeyId"],
      ["aws:s3/bucketVersioning:BucketVersioning", "bucket"],
      ["aws:s3/bucketPolicy:BucketPolicy", "bucket"],
    ] as const) {
      assert.deepEqual(findings(sample, type, property), [], `${type} ${property}`);
    }
  });

  it("is allowed only with a reason, for a rule and a type that it is about", () => {
    for (const { rule: name, type, reason, name: ending } of allowed as AllowedUnknown[]) {
      assert.match(ending, /^-[a-z-]+$/, "an empty name would allow every resource");
      const rule = rules.find((each) => each.name === name);
      assert.ok(rule, `unknown.json allows ${name}, which is no rule`);
      assert.ok(rule.types === "all" || rule.types.includes(type), `${name} is not about ${type}`);
      assert.match(reason, /^[A-Z].{20,}\.$/);
    }
  });

  it("is found in what a preview prints, in Pulumi's words and in the pack's", () => {
    const output = [
      "[mandatory]  firn@v0.1.0  key-rotates (aws:kms/key:Key: a)",
      "  a: could not be evaluated: rule=key-rotates type=aws:kms/key:Key name=a",
      "can't run policy 'x' from policy pack 'y@v1' during preview: string value at .a can't be known during preview",
      "Resources: + 3 to create",
    ].join("\n");
    assert.equal(unjudged(output).length, 2);
  });
});

/** What the rules find where one property of the first resource of a type is not known. */
function findings(
  plain: readonly Plain[],
  type: string,
  property: string,
): { rule: string; name: string; message: string }[] {
  const resources = unknownIn(plain, type, property);
  return rules.flatMap((rule) =>
    resources.flatMap((resource) =>
      judge(rule, resource, { resources }, []).map(({ rule, message }) => ({
        rule,
        name: resource.name,
        message,
      })),
    ),
  );
}

/** Resources as the engine gives them to a pack: behind the proxy that throws. */
function unknownIn(plain: readonly Plain[], type: string, property: string): Resource[] {
  const registry = new Registry(plain);
  registry.find(type).props[property] = unknownText;
  const resources = registry.resources();
  for (const each of resources) each.props = unknownCheckingProxy(each.props);
  return resources;
}
