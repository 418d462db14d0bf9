import type { DatabaseSync } from 'node:sqlite';
import type { InspectableKernel, KernelSnapshot } from 'glovebox';

/** How many rows each table of the account has. */
export function countRows(database: DatabaseSync): Record<'programs' | 'links' | 'dispatchers' | 'metadata', number> {
  const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  return {
    programs: count('programs'),
    links: count('links'),
    dispatchers: count('dispatchers'),
    metadata: count('program_metadata'),
  };
}

/** One column of a table, in the order of its rows. */
export function column(database: DatabaseSync, table: string, name: string): readonly unknown[] {
  return database
    .prepare(`SELECT ${name} AS value FROM ${table} ORDER BY rowid`)
    .all()
    .map((row) => row['value']);
}

/**
 * What the kernel holds, but for the prototypes: an extension keeps what it was verified against until it is attached
 * for the first time, also when that is undone.
 */
export function settledState(kernel: InspectableKernel): KernelSnapshot {
  const snapshot = kernel.snapshot();
  return { ...snapshot, programs: snapshot.programs.filter(({ name }) => !name.endsWith('_proto')) };
}
