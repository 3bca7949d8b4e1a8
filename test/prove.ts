/**
 * `npm run prove -- --only recovery|accounting|soak|incremental`: the claims of `npm test` at any size; the seed is told.
 *
 * recovery (the default): kills at random, see recovery/prove.ts. accounting: what became of every record a
 * source delivers, see accounting/prove.ts. soak: weeks of trouble on a simulated clock, see soak/prove.ts.
 * incremental: models built by increments equal their rebuild, and wrong ones do not, see prove/prove.ts.
 */
const proofs: Record<string, () => Promise<unknown>> = {
  recovery: () => import("./recovery/prove.ts"),
  accounting: () => import("./accounting/prove.ts"),
  soak: () => import("./soak/prove.ts"),
  incremental: () => import("./prove/prove.ts"),
};
const args = process.argv.slice(2);
const at = args.findIndex((each) => each === "--only" || each.startsWith("--only="));
const only = at < 0 ? "recovery" : (args[at]?.split("=")[1] ?? args[at + 1] ?? "");
const prove = Object.hasOwn(proofs, only) ? proofs[only] : undefined;
if (prove) await prove();
else {
  console.error(`prove: there is no "${only}" to prove; --only takes ${Object.keys(proofs).join(", ")}`);
  process.exitCode = 2;
}

export {};
