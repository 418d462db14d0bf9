import type { DatabaseSync } from 'node:sqlite';
import type { InspectableKernel } from 'glovebox';
import { ROOT } from './root.js';

/**
 * How the database, the kernel and the file system differ, a line each. It shares nothing with the manager's own
 * reconciliation, which is judged by it: it says what there should be, from the rows alone, and compares it with all
 * there is.
 */
export function findDisagreements(kernel: InspectableKernel, database: DatabaseSync): readonly string[] {
  const { programs, links, pins, directories, attachments } = kernel.snapshot();
  const rows = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(row['line']));
  const isDispatcher = (name: string) => name.endsWith('_disp');
  const nameOf = new Map(programs.map(({ id, name }) => [id, name]));

  return [
    ...compare(
      'program',
      [
        ...rows("SELECT id || ' ' || name AS line FROM programs"),
        ...rows(
          "SELECT program_id || ' ' || iif(kind = 'xdp', 'bpfm_xdp_disp', 'bpfm_tc_disp') AS line FROM dispatchers",
        ),
      ],
      programs.filter(({ name }) => !name.endsWith('_proto')).map(({ id, name }) => `${id} ${name}`),
    ),
    ...(['xdp', 'tc'] as const).flatMap((type) => {
      const prototypes = programs.filter(({ name }) => name === `bpfm_${type}_proto`).length;
      const needed = rows(`SELECT name AS line FROM programs WHERE type = '${type}'`).length;
      return prototypes > needed ? [`${prototypes} prototypes of ${type}, where at most ${needed} are needed`] : [];
    }),
    ...compare(
      'link',
      rows("SELECT kernel_id || ' of ' || program_id AS line FROM links WHERE detach_pending = 0"),
      links
        .filter(({ attached, programId }) => attached && !isDispatcher(nameOf.get(programId) ?? ''))
        .map(({ id, programId }) => `${id} of ${programId}`),
    ),
    ...compare(
      'dispatcher on a hook',
      [
        ...rows("SELECT program_id || ' on xdp ' || ifindex AS line FROM dispatchers WHERE kind = 'xdp'"),
        ...rows(
          "SELECT program_id || ' on ' || kind || ' ' || ifindex || ' ' || filter_handle AS line FROM dispatchers WHERE kind <> 'xdp'",
        ),
      ],
      [
        ...links
          .filter(({ type, attached }) => type === 'xdp' && attached)
          .map(({ programId, ifindex }) => `${programId} on xdp ${ifindex}`),
        ...attachments
          .filter(({ via }) => via === 'filter')
          .map(({ programId, direction, ifindex, handle }) => `${programId} on tc-${direction} ${ifindex} ${handle}`),
      ],
    ),
    ...compare(
      'pin',
      [
        ...rows('SELECT pin_path AS line FROM programs'),
        ...rows('SELECT pin_path AS line FROM links'),
        ...rows(`SELECT ${REVISION} || '/dispatcher' AS line FROM dispatchers`),
        ...rows(`SELECT ${PLACE} || '_link' AS line FROM dispatchers WHERE kind = 'xdp'`),
      ],
      pins.map(({ path }) => path),
    ),
    ...compare(
      'directory',
      rows(`SELECT ${REVISION} AS line FROM dispatchers`),
      directories.filter((path) => path.split('/').length > ROOT.split('/').length + 1),
    ),
  ];
}

const PLACE = `'${ROOT}/' || kind || '/dispatcher_' || netns || '_' || ifindex`;
const REVISION = `${PLACE} || '_' || revision`;

function compare(what: string, expected: readonly string[], actual: readonly string[]): readonly string[] {
  return [
    ...expected.filter((line) => !actual.includes(line)).map((line) => `${what} ${line}: in the database only`),
    ...actual.filter((line) => !expected.includes(line)).map((line) => `${what} ${line}: not in the database`),
  ];
}
