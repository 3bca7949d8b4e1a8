import type { Warehouse } from "#ports/warehouse";

/**
 * The warehouses of one process, each opened at its first use.
 *
 * A team's database may be read from another's. DuckDB would not see that one process has a file open twice,
 * so a database is open in one of the two ways at a time: asking for it as its own closes it where it is
 * lent, and the other way round.
 */
export function openWarehouses(open: (team: string, reads: readonly string[]) => Promise<Warehouse>) {
  const opened = new Map<string, { reads: readonly string[]; warehouse: Promise<Warehouse> }>();

  return { get, close: () => closeThose(() => true) };

  /** @param reads teams whose databases are to be readable, by their names */
  async function get(team: string, reads: readonly string[] = []): Promise<Warehouse> {
    const standing = opened.get(team);
    const suffices = standing !== undefined && reads.every((each) => standing.reads.includes(each));
    await closeThose((name, other) =>
      name === team ? !suffices : other.reads.includes(team) || reads.includes(name),
    );
    const { warehouse } = opened.get(team) ?? keep(team, reads);
    return warehouse;
  }

  function keep(team: string, reads: readonly string[]) {
    const made = { reads, warehouse: open(team, reads) };
    opened.set(team, made);
    // A failure is not remembered: the next use tries again.
    made.warehouse.catch(() => opened.delete(team));
    return made;
  }

  async function closeThose(of: (team: string, at: { reads: readonly string[] }) => boolean): Promise<void> {
    for (const [team, each] of [...opened].filter(([name, at]) => of(name, at))) {
      opened.delete(team);
      await (await each.warehouse.catch(() => undefined))?.close();
    }
  }
}
