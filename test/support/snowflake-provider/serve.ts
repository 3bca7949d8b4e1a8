/** The stand-in as the process that Pulumi's engine starts: the wire on one side, `StandIn` on the other. */
import * as grpc from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { Account } from "./account.ts";
import type { Failure } from "./check.ts";
import { StandIn } from "./provider.ts";
import { readSchema } from "./schema.ts";
import { type Properties, unknown } from "./values.ts";

/** Of the provider whose schema it reads, and of the package in package.json. */
const version = "1.3.0";
type Packed = struct.Struct | undefined;
// biome-ignore lint/suspicious/noExplicitAny: each method's request has a class of its own, and the handlers name it.
type Handler = (request: any) => unknown;

/** Serves until it is killed; prints the port it listens on, as the engine expects. */
export async function serve({
  schemaPath,
  accountPath,
}: {
  schemaPath: string;
  accountPath: string;
}): Promise<void> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  const handlers = handlersOf(new StandIn(readSchema(schemaPath), new Account(accountPath)));
  server.addService(
    services.ResourceProviderService as unknown as grpc.ServiceDefinition,
    Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, answered(handler)])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  console.log(port);
}

function handlersOf(standIn: StandIn): Record<string, Handler> {
  return {
    attach: () => new empty.Empty(),
    cancel: () => new empty.Empty(),
    getPluginInfo: () => {
      const info = new pluginProto.PluginInfo();
      info.setVersion(version);
      return info;
    },
    checkConfig: (request: proto.CheckRequest) =>
      checked(unpacked(request.getNews()), standIn.checkConfig(unpacked(request.getNews()))),
    diffConfig: () => new proto.DiffResponse(),
    configure: (request: proto.ConfigureRequest) => {
      standIn.configure(unpacked(request.getArgs()));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    },
    check: (request: proto.CheckRequest) => {
      const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 7);
      const { type, name } = parsed(request.getUrn());
      const { inputs, failures } = standIn.check(
        type,
        unpacked(request.getOlds()),
        unpacked(request.getNews()),
        `${name}-${seed}`,
      );
      return checked(inputs, failures);
    },
    diff: (request: proto.DiffRequest) => {
      const { type } = parsed(request.getUrn());
      const olds = unpacked(request.getOldInputs());
      const { changes, deletesFirst } = standIn.diff(type, olds, unpacked(request.getNews()));
      const response = new proto.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
      response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList([...new Set(changes.map(({ property }) => property.replace(/\..*/, "")))]);
      response.setReplacesList(
        changes.filter(({ replaces }) => replaces).map(({ property }) => property.replace(/\..*/, "")),
      );
      response.setDeletebeforereplace(deletesFirst);
      response.setHasdetaileddiff(true);
      for (const { property, kind, replaces } of changes) {
        const detail = new proto.PropertyDiff();
        const kinds = proto.PropertyDiff.Kind;
        const [plain, replacing] = {
          add: [kinds.ADD, kinds.ADD_REPLACE] as const,
          delete: [kinds.DELETE, kinds.DELETE_REPLACE] as const,
          update: [kinds.UPDATE, kinds.UPDATE_REPLACE] as const,
        }[kind];
        detail.setKind(replaces ? replacing : plain);
        detail.setInputdiff(true);
        response.getDetaileddiffMap().set(property, detail);
      }
      return response;
    },
    create: (request: proto.CreateRequest) => {
      const made = standIn.create(asked(request), unpacked(request.getProperties()), request.getPreview());
      const response = new proto.CreateResponse();
      response.setId(made.id);
      response.setProperties(packed(made.state));
      return response;
    },
    read: (request: proto.ReadRequest) => {
      const found = standIn.read(
        parsed(request.getUrn()).type,
        request.getId(),
        unpacked(request.getInputs()),
      );
      const response = new proto.ReadResponse();
      if (!found) return response;
      response.setId(request.getId());
      response.setProperties(packed(found.state));
      response.setInputs(packed(found.inputs));
      return response;
    },
    update: (request: proto.UpdateRequest) => {
      const state = standIn.update(
        asked(request),
        request.getId(),
        unpacked(request.getOlds()),
        unpacked(request.getNews()),
        request.getPreview(),
      );
      const response = new proto.UpdateResponse();
      response.setProperties(packed(state));
      return response;
    },
    delete: (request: proto.DeleteRequest) => {
      standIn.delete(parsed(request.getUrn()).type, request.getId(), unpacked(request.getProperties()));
      return new empty.Empty();
    },
  };
}

function answered(handler: Handler): grpc.handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    try {
      callback(null, handler(call.request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: (error as Error).message });
    }
  };
}

function asked(request: { getUrn(): string }): { type: string; urn: string } {
  return { type: parsed(request.getUrn()).type, urn: request.getUrn() };
}

/** `urn:pulumi:<stack>::<project>::<types of the parents, $ between>$<type>::<name>` */
function parsed(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.replace(/^.*\$/, ""), name: name.join("::") };
}

function checked(inputs: Properties, failures: Failure[]): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(packed(inputs));
  for (const { property, reason } of failures) {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(property === "" ? reason : `${property}: ${reason}`);
    response.addFailures(failure);
  }
  return response;
}

/** An input that is not known at all comes as no struct, or as the mark. */
function unpacked(given: Packed): Properties {
  const value = given?.toJavaScript() as Properties | string | undefined;
  return value === undefined || value === unknown ? {} : (value as Properties);
}

function packed(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(properties);
}
