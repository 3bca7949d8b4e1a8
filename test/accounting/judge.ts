/** Why a record goes to quarantine, by what its generator knows of it. Nothing here is taken from Firn. */
import type { Sent } from "./records.ts";
import type { Subject } from "./subject.ts";

export interface Judged {
  good: Sent[];
  bad: { sent: Sent; reason: string }[];
}

/** `days`: those that were asked for, where a record's day matters. */
export function judge(subject: Subject, sent: Sent[], days: string[]): Judged {
  const own = sent.map((each) => ({ sent: each, reason: reasonOf(subject, each, days) }));
  const { parent } = subject;
  const family = ({ cells }: Sent) => parent?.map((name) => cells[name]?.shown ?? "∅").join("\u0001") ?? "";
  const held = new Set(parent ? own.filter(({ reason }) => reason).map((each) => family(each.sent)) : []);
  const judged = own.map(({ sent: each, reason }) => ({
    sent: each,
    reason: reason || (held.has(family(each)) ? "another row of its parent is bad" : ""),
  }));
  return {
    good: judged.filter(({ reason }) => reason === "").map((each) => each.sent),
    bad: judged.filter(({ reason }) => reason !== ""),
  };
}

function reasonOf(subject: Subject, { cells, malformed }: Sent, days: string[]): string {
  if (malformed !== undefined) return "the record could not be read";
  const isDelete = cells.op?.shown === "d";
  const isPartial = subject.strategy.partial === true;
  const reasons: string[] = [];
  for (const [name, { not, required }] of Object.entries(subject.columns)) {
    const always = subject.always.includes(name);
    if (isDelete && !always) continue;
    const cell = cells[name];
    const needed = always || subject.unlessDeleted.includes(name);
    if (cell?.bad) reasons.push(`${name}: not ${not}`);
    else if ((cell?.shown ?? null) === null) {
      // Of an image that carries only some columns nothing can be missing but what it says is null.
      if (needed || (required && (cell !== undefined || !isPartial))) reasons.push(`${name}: missing`);
    } else if (name === subject.day && !days.includes(cell?.shown as string))
      reasons.push(`${name}: of a day that was not asked for`);
  }
  return reasons.join("; ");
}
