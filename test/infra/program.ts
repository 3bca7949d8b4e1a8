/** The program under Pulumi's mocks: no engine, no account, every value known. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { setMockOptions } from "@pulumi/pulumi/runtime/settings.js";

/** A resource as the program registered it, with every input resolved and secrets bare. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  urn: string;
  /** The URN of the component it belongs to. */
  parent: string;
  /** The URN and id of the provider that would make it. */
  provider: string;
  protect: boolean;
  retainOnDelete: boolean;
  /** URNs by the input property that refers to them. */
  propertyDependencies: Record<string, string[]>;
  dependencies: string[];
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
  /** What it would take over instead of making it; empty for none. */
  importId: string;
}

/** What a program did. */
export interface Ran {
  /** In the order they were registered. */
  resources: Registered[];
  outputs: unknown;
  /** What it told, as Pulumi would print it. */
  told: string[];
}

/** The whole program of a stack: every resource it registers, in order, and its outputs. */
export async function programOf(stack: string, config: Record<string, string> = {}): Promise<Ran> {
  // A query makes the program's own module run again; what it imports is pure and stays.
  return registeredBy(
    stack,
    async () => (await import(`../../infra/index.ts?run=${++runs}`)).outputs,
    config,
  );
}
let runs = 0;

/** What a piece of a program registers, such as one component. */
export async function registeredBy(
  stack: string,
  program: () => Promise<unknown> | unknown,
  config: Record<string, string> = {},
): Promise<Ran> {
  const monitor = new RecordingMonitor({
    newResource: ({ type, name, inputs, id }) => ({
      id: id || `${name}-id`,
      state: stateOf(type, name, inputs),
    }),
    call: ({ inputs }) => inputs,
  });
  await pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    "firn",
    stack,
  );
  setMockOptions(monitor, "firn", stack, false);
  pulumi.runtime.setAllConfig(config);
  const { told, restore } = listen();
  try {
    const outputs = await resolved(await program());
    await pulumi.runtime.disconnect();
    return { resources: monitor.registered, outputs, told };
  } finally {
    restore();
  }
}

/** Without an engine, Pulumi prints what it would tell it. */
function listen(): { told: string[]; restore: () => void } {
  const told: string[] = [];
  const { log } = console;
  const mark = "info: [runtime] ";
  console.log = (...args: unknown[]) => {
    const [text] = args;
    if (typeof text === "string" && text.startsWith(mark)) told.push(text.slice(mark.length));
    else log(...args);
  };
  return { told, restore: () => Object.assign(console, { log }) };
}

class RecordingMonitor extends MockMonitor {
  readonly registered: Registered[] = [];

  override async registerResource(
    ...[request, callback]: Parameters<MockMonitor["registerResource"]>
  ): Promise<void> {
    const registered: Registered = {
      type: request.getType(),
      name: request.getName(),
      inputs: bare(pulumi.runtime.deserializeProperties(request.getObject())) as Record<string, unknown>,
      urn: "",
      parent: request.getParent(),
      provider: request.getProvider(),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      propertyDependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(
          ([property, of]: [string, { getUrnsList(): string[] }]) => [property, of.getUrnsList()],
        ),
      ),
      dependencies: request.getDependenciesList(),
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      importId: request.getImportid(),
    };
    this.registered.push(registered);
    return super.registerResource(request, (error, response) => {
      registered.urn = response?.getUrn() ?? "";
      callback(error, response);
    });
  }
}

/** What a resource has once it is made: its inputs, and what the vendor adds that ours refer to. */
function stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const id = inputs.name ?? inputs.bucket ?? name;
  return {
    arn: `arn:aws:${type.split("/")[0]?.split(":")[1] ?? ""}:eu-west-1:000000000000:${String(id)}`,
    ...(type === "aws:kms/key:Key" && { keyId: `${name}-key` }),
    ...(type === "aws:lambda/alias:Alias" && {
      arn: `arn:aws:lambda:eu-west-1:000000000000:function:${String(inputs.functionName)}:${String(id)}`,
    }),
    ...(type === "aws:lambda/function:Function" && { version: "1" }),
    ...(type === "snowflake:index/storageIntegration:StorageIntegration" && {
      storageAwsIamUserArn: "arn:aws:iam::999999999999:user/snowflake",
      storageAwsExternalId: "EXAMPLE_SFCRole=1_external",
    }),
    ...inputs,
  };
}

async function resolved(value: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    (pulumi.output(value) as pulumi.Output<unknown>).apply(resolve);
  });
}

/** Without the marks that secrets and outputs wear on the wire. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (pulumi.runtime.isRpcSecret(value)) return bare(pulumi.runtime.unwrapRpcSecret(value));
  if (value === null || typeof value !== "object" || pulumi.asset.Asset.isInstance(value)) return value;
  if (pulumi.asset.Archive.isInstance(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bare(each)]));
}
