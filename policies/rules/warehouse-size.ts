import { rule } from "../rule.ts";

const sizes = [
  "XSMALL",
  "SMALL",
  "MEDIUM",
  "LARGE",
  "XLARGE",
  "2XLARGE",
  "3XLARGE",
  "4XLARGE",
  "5XLARGE",
  "6XLARGE",
];

export default rule({
  name: "warehouse-size",
  claim: "A warehouse is no larger than the environment allows.",
  severity: "high",
  why: "Each size costs twice the one before: a 4X-Large costs 128 credits an hour.",
  fix: "Choose a smaller size, or raise warehouseSizeMax of the environment and of the policy.",
  provision: {
    source: "Snowflake, warehouse size and credit usage",
    url: "https://docs.snowflake.com/en/user-guide/warehouses-overview",
  },
  settings: { sizeMax: { default: "2X-Large", about: "The largest size." } },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props: { warehouseSize } }, { report, settings }) {
    // Snowflake makes an X-Small where nothing is said.
    const size = rank(String(warehouseSize ?? "XSMALL"));
    if (size < 0 || size > rank(settings.sizeMax)) {
      report(`has size ${String(warehouseSize)}, above ${settings.sizeMax}.`);
    }
  },
});

/** Snowflake writes one size in three ways: `X-Small`, `XSMALL`, `X_SMALL`; `XXLARGE` is `2X-Large`. */
function rank(size: string): number {
  const plain = size.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return sizes.indexOf(plain.replace(/^XXXLARGE$/, "3XLARGE").replace(/^XXLARGE$/, "2XLARGE"));
}
