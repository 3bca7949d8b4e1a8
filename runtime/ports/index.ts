import type { Environment } from "#firn";
import type { Alerts } from "#ports/alerts";
import type { Clock } from "#ports/clock";
import type { Metrics } from "#ports/metrics";
import type { Packer } from "#ports/packer";
import type { Scratch } from "#ports/scratch";
import type { Secrets } from "#ports/secrets";
import type { SourceReader } from "#ports/source";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";

/** Everything a stage may touch. A world opens them; what a stage does not use is never opened. */
export interface Ports {
  readonly environment: Environment;
  /** The address of a connection. @throws {FirnError} `connection.missing` */
  address(connection: string): string;
  store(team: string): Promise<Store>;
  /** @param reads teams whose databases are to be readable from this one's, by their names. Default: none */
  warehouse(team: string, reads?: readonly string[]): Promise<Warehouse>;
  source(kind: "http" | "files"): Promise<SourceReader>;
  packer(): Promise<Packer>;
  readonly secrets: Secrets;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scratch: Scratch;
  /** A name no other attempt has: letters, digits and dashes; later ones sort later. */
  attemptId(): string;
  /** Who holds a lease taken by this process. */
  readonly owner: string;
  /** True when a team's warehouse is known not to stand, so that nothing can have been promoted there. */
  warehouseIsGone(team: string): boolean;
  /** True when the owner of a lease is known to be gone; false when it lives or nothing is known. */
  ownerIsGone(owner: string): boolean;
}
