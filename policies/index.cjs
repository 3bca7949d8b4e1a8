// The engine requires a pack under ts-node, which cannot load modules; Node strips the types itself.
module.exports = import("./pack.ts");
