/**
 * What happens at the shop's sources over some days, decided by a seed before anything runs. Of every row it
 * is known when it can be seen, what it says, and why it is bad.
 */
import { openRandom } from "../recovery/schedules.ts";

export const firstDay = Date.UTC(2024, 2, 1);
const minute = 60_000;
const hour = 60 * minute;
export const day = 24 * hour;

/** A row as a source sends it. */
export interface SentRow {
  /** Tells it from all others: its column `ref`, or what is left of it where it cannot be read. */
  ref: string;
  /** Its JSON; null where only a file's CSV holds it. */
  json: string;
  /** Why it goes to quarantine; absent: it is good. */
  reason?: string;
  /** What silver shows of it. */
  shown: string;
}

/** A version of something that an API shows from an instant on. */
export interface Version {
  id: number;
  /** By which windows ask for it: milliseconds since 1970; no two versions have the same. */
  at: number;
  /** Which of two versions is the newer one. */
  order: number;
  visibleAt: number;
  isDelete: boolean;
  rows: SentRow[];
}

export interface DeliveredFile {
  path: string;
  deliveredAt: number;
  /** Written again in its place, with the same bytes. */
  touchedAt?: number;
  body: string;
  rows: SentRow[];
  /** For files that hold a day: which, and which delivery of it. */
  partition?: { name: string; version: number };
}

export interface History {
  days: number;
  items: Version[];
  orders: Version[];
  clicks: DeliveredFile[];
  sales: DeliveredFile[];
}

export function planHistory(seed: number, days: number): History {
  const random = openRandom(seed * 7919 + 11);
  const below = (n: number) => Math.floor(random() * n);
  const chance = (share: number) => random() < share;
  const end = firstDay + days * day;
  const share = (at: number) => (at - firstDay) / (days * day);
  const iso = (at: number) => new Date(at).toISOString();
  let taken = 0;
  /** An instant of the day that no other version has. */
  const within = (number: number) => firstDay + number * day + below(23 * 60) * minute + (++taken % 60_000);

  return { days, items: planItems(), orders: planOrders(), clicks: planClicks(), sales: planSales() };

  /** Some are committed late. */
  function visible(at: number): number {
    return at + (chance(0.4) ? below(50) * minute : below(5000));
  }

  function planItems(): Version[] {
    const versions: Version[] = [];
    for (let number = 0; number < days; number++)
      for (let nth = 0; nth < 60; nth++) {
        const order = within(number);
        const id = 1 + (chance(0.3) ? below(5) : below(150));
        const isDelete = chance(0.1);
        // Some are published days late, after versions that are newer.
        const at = order + (chance(0.2) ? below(48 * 60) * minute : 0);
        versions.push({
          id,
          at,
          order,
          visibleAt: visible(at),
          isDelete,
          rows: [itemRow(id, at, order, isDelete)],
        });
      }
    return versions;
  }

  /** The schema drifts: a new field comes, the price is written another way for a while, a field goes. */
  function itemRow(id: number, at: number, order: number, isDelete: boolean): SentRow {
    const ref = `item-${id}-${order}`;
    const version = { item_id: id, published_at: iso(at), lsn: order, ref };
    if (isDelete) return { ref, json: JSON.stringify({ ...version, status: "gone" }), shown: "" };
    if (chance(0.01)) {
      const broken = `{"item_id":${id},"lsn":${order} "ref":"${ref}"}`;
      return { ref: broken, json: broken, reason: "the record could not be read", shown: "" };
    }
    const name = chance(0.02) ? null : `item "${id}", ü`;
    const drifted = share(at) > 0.4 && share(at) < 0.55;
    const price = drifted ? "12,50 EUR" : `${1 + below(99)}.50`;
    const hasNote = share(at) < 0.7;
    const reasons = [
      ...(name === null ? ["name: missing"] : []),
      ...(drifted ? ["price: not a decimal of at most 8 digits, 2 after the point"] : []),
    ];
    const json = JSON.stringify({
      ...version,
      name,
      price,
      status: "live",
      ...(hasNote && { note: "n" }),
      ...(share(at) > 0.3 && { color: "nobody declared it" }),
    });
    const shown = [id, name, price, hasNote ? "n" : "∅", ref].join("|");
    return { ref, json, shown, ...(reasons.length > 0 && { reason: reasons.join("; ") }) };
  }

  /** What is bad in an order's version is mended by a later one. */
  function planOrders(): Version[] {
    const versions: Version[] = [];
    for (let number = 0; number < days; number++)
      for (let nth = 0; nth < 25; nth++) {
        const at = within(number);
        const id = 1 + (chance(0.4) ? below(5) : below(80));
        const isBad = chance(0.08) && at < end - day / 2;
        versions.push(orderVersion(id, at, isBad));
        if (isBad)
          versions.push(
            orderVersion(id, Math.min(at + 9 * hour, end - 2 * hour) + (++taken % 60_000), false),
          );
      }
    const newest = new Map<number, Version>();
    for (const each of versions) if (each.at > (newest.get(each.id)?.at ?? 0)) newest.set(each.id, each);
    for (const { id, rows } of newest.values())
      if (rows.some(({ reason }) => reason))
        versions.push(orderVersion(id, end - hour + (++taken % 60_000), false));
    return versions;
  }

  function orderVersion(id: number, at: number, isBad: boolean): Version {
    const of = { order_id: id, changed_at: iso(at) };
    if (!isBad && chance(0.1)) {
      const ref = `order-${id}-${at}`;
      const json = JSON.stringify({ ...of, op: "d", ref });
      return { id, at, order: at, visibleAt: visible(at), isDelete: true, rows: [{ ref, json, shown: "" }] };
    }
    const lines = [1, 2, 3, 4].filter((line) => line === 1 || chance(0.5));
    const rows = lines.map((line): SentRow => {
      const ref = `order-${id}-${at}-${line}`;
      const units = isBad && line === lines.at(-1) ? "many" : String(below(9));
      const json = JSON.stringify({ ...of, line, units, op: "u", ref });
      const reason =
        units === "many"
          ? "units: not a whole number of 64 bits"
          : isBad
            ? "another row of its parent is bad"
            : undefined;
      return { ref, json, shown: [id, line, units, ref].join("|"), ...(reason && { reason }) };
    });
    return { id, at, order: at, visibleAt: visible(at), isDelete: false, rows };
  }

  /** Files come late and out of the order of their names; some come twice, some are written again in place. */
  function planClicks(): DeliveredFile[] {
    const files: DeliveredFile[] = [];
    let event = 0;
    for (let number = 0; number < days; number++)
      for (let nth = 0; nth < 6; nth++) {
        const made = within(number);
        const isCsv = chance(0.5);
        const rows = Array.from({ length: 5 + below(25) }, () => clickRow(`e${++event}`));
        const body = isCsv ? csvOf(rows) : rows.map(({ json }) => `${json}\n`).join("");
        const name = `${below(1000)}-${made}.${isCsv ? "csv" : "jsonl"}`;
        const deliveredAt = made + below(20) * hour;
        const sent = isCsv ? rows.map(asCsv) : rows;
        const touchedAt = deliveredAt + hour + below(30) * hour;
        files.push({
          path: `day${number}/${name}`,
          deliveredAt,
          body,
          rows: sent,
          ...(chance(0.08) && { touchedAt }),
        });
        if (chance(0.12))
          files.push({
            path: `again/${name}`,
            deliveredAt: deliveredAt + below(60) * hour,
            body,
            rows: sent,
          });
      }
    return files;
  }

  function clickRow(id: string): SentRow {
    if (chance(0.01)) {
      const broken = `{"event_id":"${id}","amount":1`;
      return { ref: broken, json: broken, reason: "the record could not be read", shown: id };
    }
    const amount = chance(0.03) ? "much" : `${below(100)}.25`;
    const reason =
      amount === "much" ? { reason: "amount: not a decimal of at most 8 digits, 2 after the point" } : {};
    return {
      ref: id,
      json: JSON.stringify({ event_id: id, amount, ref: id }),
      shown: `${id}|${amount}`,
      ...reason,
    };
  }

  /** One file a day, and corrections of it, which may overtake each other. */
  function planSales(): DeliveredFile[] {
    return Array.from({ length: days }, (_, number) => number).flatMap((number) => {
      const name = iso(firstDay + number * day).slice(0, 10);
      const versions = Array.from({ length: 1 + below(4) }, (_, at) => at + 1);
      return versions.map((version): DeliveredFile => {
        const rows = Array.from({ length: 3 + below(12) }, (_, sku): SentRow => {
          const units = chance(0.03) ? "x" : String(below(4));
          const ref = `${name}-${sku}-${units === "x" ? version : ""}`;
          const json = JSON.stringify({ sku: `s${sku}`, units, ref });
          const reason = units === "x" ? { reason: "units: not a whole number of 64 bits" } : {};
          return { ref, json, shown: `${name}|s${sku}|${units}|${ref}`, ...reason };
        });
        const lines = rows.map(({ json }) => Object.values(JSON.parse(json) as object).join(","));
        return {
          path: `sales_${name}_v${version}.csv`,
          deliveredAt: firstDay + (number + 1) * day + below(70) * hour,
          body: ["sku,units,ref", ...lines, ""].join("\n"),
          rows,
          partition: { name, version },
        };
      });
    });
  }
}

function csvOf(rows: SentRow[]): string {
  return ["event_id,amount,ref", ...rows.map((row) => csvLine(row)), ""].join("\n");
}

/** What no JSON reader could read is a line of too few values here. */
function csvLine({ ref, shown, reason, json }: SentRow): string {
  if (reason === "the record could not be read") return `${shown},1`;
  const { amount } = JSON.parse(json) as { amount: string };
  return `${ref},${amount},${ref}`;
}

function asCsv(row: SentRow): SentRow {
  return row.reason === "the record could not be read"
    ? { ...row, ref: `expected 3 columns, found 2: ${row.shown},1` }
    : row;
}
