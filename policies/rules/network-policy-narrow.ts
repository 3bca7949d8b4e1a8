import { strings } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "network-policy-narrow",
  claim: "A network policy lets in addresses that somebody has.",
  severity: "high",
  why: "One that lets in half the internet lets in whoever has the rest.",
  fix: "Name the addresses of egress, with a longer prefix.",
  provision: {
    source: "CIS Snowflake Foundations Benchmark 3.1; Snowflake, network policies",
    url: "https://docs.snowflake.com/en/user-guide/network-policies",
  },
  settings: { prefixMin: { default: 16, about: "Bits of the shortest prefix." } },
  types: ["snowflake:index/networkPolicy:NetworkPolicy"],
  sees: "resource",
  check({ props }, { report, settings }) {
    const addresses = strings(props.allowedIpLists);
    if (addresses.length + strings(props.allowedNetworkRuleLists).length === 0) report("lets in nobody.");
    for (const each of addresses) {
      if (Number(each.split("/")[1] ?? 32) < settings.prefixMin) report(`lets in ${each}.`);
    }
  },
});
