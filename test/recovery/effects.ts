import type { Ports } from "#ports";
import type { Alerts } from "#ports/alerts";
import type { Clock } from "#ports/clock";
import type { Metrics } from "#ports/metrics";
import type { Packer } from "#ports/packer";
import type { Scratch } from "#ports/scratch";
import type { Secrets } from "#ports/secrets";
import type { ReadRequest, SourceReader } from "#ports/source";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";

/**
 * How a method of a port counts. `effect`: asynchronous, a run can be killed before and after it.
 * `passing`: takes no time and changes nothing that outlives the process, or lasts until it is woken.
 * `pure`: no effect. `unused`: no run calls it.
 */
type Kind = "effect" | "passing" | "pure" | "unused";

/** Every method of every port, checked by the compiler: a new one has no place here and fails `tsc`. */
export const portMethods = {
  store: {
    putIfAbsent: "effect",
    putFileIfAbsent: "effect",
    put: "effect",
    get: "effect",
    list: "effect",
    inspect: "unused",
    remove: "unused",
    unfinishedPuts: "unused",
    removeUnfinishedPut: "unused",
    location: "pure",
  } satisfies Record<keyof Store, Kind>,
  // `run` takes many statements, each on its own: each is an effect.
  warehouse: {
    dialect: "pure",
    query: "effect",
    run: "effect",
    promote: "effect",
    watch: "pure",
    close: "unused",
  } satisfies Record<keyof Warehouse, Kind>,
  // `read` is an iterator: each of its chunks is an effect.
  source: { read: "effect", list: "effect", etag: "effect", close: "unused" } satisfies Record<
    keyof Required<SourceReader>,
    Kind
  >,
  packer: { pack: "effect", close: "unused" } satisfies Record<keyof Packer, Kind>,
  secrets: { get: "effect" } satisfies Record<keyof Secrets, Kind>,
  alerts: { send: "effect" } satisfies Record<keyof Alerts, Kind>,
  metrics: { record: "passing", built: "passing" } satisfies Record<keyof Metrics, Kind>,
  clock: { now: "pure", sleep: "passing" } satisfies Record<keyof Clock, Kind>,
  scratch: { open: "effect", copy: "effect", remove: "effect", list: "unused" } satisfies Record<
    keyof Scratch,
    Kind
  >,
  /** The ports' own openers. */
  ports: {
    environment: "pure",
    address: "pure",
    store: "effect",
    warehouse: "effect",
    source: "effect",
    packer: "effect",
    secrets: "pure",
    alerts: "pure",
    metrics: "pure",
    clock: "pure",
    scratch: "pure",
    attemptId: "pure",
    owner: "pure",
    ownerIsGone: "pure",
    warehouseIsGone: "pure",
  } satisfies Record<keyof Ports, Kind>,
} as const;

/** `<port>.<method>` of every method at which a run can be killed. */
export const killable: string[] = Object.entries(portMethods).flatMap(([port, methods]) =>
  Object.entries(methods).flatMap(([method, kind]) =>
    kind === "effect" || kind === "passing" ? [`${port}.${method}`] : [],
  ),
);

/** Stands between a run and its ports. An effect is named `<port>.<method> <what>`; names repeat. */
export interface Intercept {
  /** Does the effect, or does not, or never answers. */
  around<T>(effect: string, work: () => Promise<T>): Promise<T>;
  /** A `passing` call: false where the process is gone, so that nothing is done. */
  passing(effect: string): boolean;
}

/** Ports of which every call goes through `intercept`. */
export function wrapPorts(ports: Ports, intercept: Intercept): Ports {
  const wrap = <T extends object>(port: string, target: T, methods: Partial<Record<keyof T, Kind>>): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name) as unknown;
        const kind = methods[name as keyof T];
        if (typeof value !== "function" || kind === undefined || kind === "pure" || kind === "unused")
          return value;
        return (...args: unknown[]) => {
          const effect = `${port}.${String(name)} ${subject(args[0])}`.trimEnd();
          const work = () => value.apply(object, args) as Promise<unknown>;
          if (kind === "effect") return intercept.around(effect, work);
          return intercept.passing(effect) ? work() : new Promise(() => {});
        };
      },
    });
  return {
    ...wrap("ports", ports, {}),
    store: async (team) => wrap("store", await opened("store", () => ports.store(team)), portMethods.store),
    warehouse: async (team) => {
      const warehouse = await opened("warehouse", () => ports.warehouse(team));
      const wrapped = wrap("warehouse", warehouse, portMethods.warehouse);
      return new Proxy(wrapped, {
        get: (object, name) => (name === "run" ? runEach(warehouse) : Reflect.get(object, name)),
      });
    },
    source: async (kind) => {
      const source = await opened("source", () => ports.source(kind));
      const wrapped = wrap("source", source, portMethods.source);
      return new Proxy(wrapped, {
        get: (object, name) =>
          name === "read" ? (request: ReadRequest) => readEach(source, request) : Reflect.get(object, name),
      });
    },
    packer: async () => wrap("packer", await opened("packer", () => ports.packer()), portMethods.packer),
    secrets: wrap("secrets", ports.secrets, portMethods.secrets),
    alerts: wrap("alerts", ports.alerts, portMethods.alerts),
    metrics: wrap("metrics", ports.metrics, portMethods.metrics),
    clock: wrap("clock", ports.clock, portMethods.clock),
    scratch: wrap("scratch", ports.scratch, portMethods.scratch),
  };

  function opened<T>(port: string, open: () => Promise<T>): Promise<T> {
    return intercept.around(`ports.${port}`, open);
  }

  function runEach(warehouse: Warehouse): Warehouse["run"] {
    return async (statements) => {
      for (const statement of statements)
        await intercept.around(`warehouse.run ${subject(statement)}`, () => warehouse.run([statement]));
    };
  }

  async function* readEach(source: SourceReader, request: ReadRequest): ReturnType<SourceReader["read"]> {
    const chunks = source.read(request)[Symbol.asyncIterator]();
    for (let at = 1; ; at++) {
      const chunk = await intercept.around(`source.read ${request.shard.name} ${at}`, () => chunks.next());
      if (chunk.done) return;
      yield chunk.value;
    }
  }
}

/** What a call is about, without what differs between attempts and machines. */
function subject(argument: unknown): string {
  if (typeof argument !== "string") return "";
  const names = argument
    .replaceAll(/attempt-\w+-\d+/g, "<attempt>")
    .replaceAll(/\S*\/(?=[^/]*\.(csv|jsonl)$)/g, "");
  return names.split("\n")[0]?.slice(0, 70).trim() ?? "";
}
