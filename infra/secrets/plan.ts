import { type Keeping, keepingOf } from "../keeping.ts";
import type { Scope } from "../scope.ts";

/** A place for a secret's value, which `firn secrets set` puts there. Forty cents a month. */
export interface SecretPlan {
  /** As declarations call it. */
  secret: string;
  /** As Secrets Manager does. */
  name: string;
  description: string;
  /** Days in which a deleted one can be brought back; 0: it goes at once, and its name is free again. */
  recoveryDays: number;
  keeping: Keeping;
  tags: Record<string, string>;
}

/** What a team's declarations name; no value is known here, so none can come into the state. */
export function planSecrets(scope: Scope): SecretPlan[] {
  const { environment, team, names, tags } = scope;
  return Object.entries(names.secrets).map(([secret, name]) => ({
    secret,
    name,
    description: `Secret ${secret} of team ${team.name}; its value comes from: firn secrets set`,
    // A name stays taken while its secret can be brought back, and dev is torn down and made again in a day.
    recoveryDays: environment.cloud.production ? 30 : 0,
    keeping: keepingOf(scope),
    tags,
  }));
}
