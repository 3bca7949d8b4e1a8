/** Something a person should know now. `detail` holds no secret and no value a source sent. */
export interface Alert {
  severity: "warning" | "error";
  team: string;
  pipeline: string;
  /** A FirnError's code, or the name of a notice. */
  code: string;
  detail: string;
  at: string;
}

export interface Alerts {
  send(alert: Alert): Promise<void>;
}
