/** Where a source of each kind is opened; a new kind is one file here and one line. */
export const sources = {
  http: () => import("./http.ts"),
  files: () => import("./files.ts"),
} as const;
