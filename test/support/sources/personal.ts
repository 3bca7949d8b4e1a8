/** What a source can send of a person, in every place where it could slip past the columns declared as PII. */

/** Unmistakable values, by the column that holds them. */
export const personal = {
  email: 'canary."person"+7f3a@persönal.example',
  phone: "+49-170-canary-5550199-2c8d",
};
const { email, phone } = personal;

export const piiColumns = {
  id: { type: "integer" },
  email: { type: "text", pii: "hash" },
  phone: { type: "text", pii: "drop" },
  changed_at: { type: "timestamp" },
} as const;

const at = "2024-03-01T01:00:00Z";
const [mail, call] = [JSON.stringify(email), JSON.stringify(phone)];

/** Records as JSON arrays take them: good ones, odd ones, and some that cannot be read. */
const records = [
  JSON.stringify({ id: 1, email, phone, changed_at: at }),
  `{"id":2,"email":"first","email":${mail},"phone":null,"phone":${call},"changed_at":"${at}"}`,
  `{"id":3,"Email":${mail},"PHONE":${call},"changed_at":"${at}","undeclared":1}`,
  `{"id":4,"\\u0065mail":${mail},"phone":{"number":${call}},"changed_at":"${at}"}`,
  `{"id":5,"email":[${mail}],"phone":[[${call}]],"changed_at":"${at}","more":{}}`,
  `{"id":"six","email":${mail},"phone":${call},"changed_at":"${at}"}`,
  `{"id":7,"email":${mail},"phone":${call},"changed_at":null,"undeclared":true}`,
  `{"id":8 "email":${mail},"phone":${call}}`,
  `{"id":9,"email":${mail},"phone":${call},}`,
  `{"id":10,"email":${mail},"phone":"half \\ud800","changed_at":"${at}"}`,
  mail,
  `[11,${mail},${call}]`,
];

/** Pages: the first as DuckDB reads it, the second only record by record. */
export const pagesWithPii = [
  `[${[1, 2, 3].map((id) => JSON.stringify({ id: id + 100, email, phone, changed_at: at })).join(",")}]`,
  `[${records.join(",")}]`,
];

const csv = (header: string, ...lines: string[]) => [header, ...lines, ""].join("\n");
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const line = (id: string) => `${id},${cell(email)},${cell(phone)},${at}`;
const head = "id,email,phone,changed_at";

/** Files by name. */
export const csvWithPii: Record<string, string> = {
  "good.csv": csv(head, line("201"), line("202")),
  "bad-lines.csv": csv(
    head,
    line("203"),
    `${line("204")},too,many`,
    cell(email),
    `205,${cell(email)}x,${cell(phone)},`,
  ),
  "odd-header.csv": csv("id,Email,PHONE,changed_at,email", `${line("206")},${cell(email)}`),
  "lines.jsonl": [...records, `{"id":12,"email":${mail}`, `${call}`, ""].join("\n"),
  "array.json": pagesWithPii[1] as string,
};

/** Files that are refused as a whole. */
export const refusedWithPii: Record<string, string> = {
  "no-header.csv": csv(line("207"), line("208")),
  "cut.json": `[${records[0]},{"id":13,"email":${mail}`,
  "object.json": `{"email":${mail},"phone":${call}}`,
};
