/** The program's door: says what is missing where Node cannot read TypeScript, which it would say less well. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  throw new Error(
    `Node ${process.versions.node} cannot run Firn's infrastructure: it needs 22.18 or later. ` +
      "The project brings Node 24: run npm ci, and put node_modules/.bin first on the PATH (npm run pulumi does).",
  );
}
export const outputs = await import("./index.ts").then((program) => program.outputs);
