import type { Operation } from '../../core/operation.js';
import type { Kernel } from '../../kernel/contract.js';
import { TestKernel } from '../../kernel/test-kernel.js';
import { shortKind } from './call-trace.js';
import type { Session } from './session.js';

const ID_FIELDS: Readonly<Record<string, string>> = {
  programId: 'prog',
  newProgramId: 'prog',
  linkId: 'link',
  mapId: 'map',
  ifindex: 'dev',
};

const ID_NAMES = ['programId', 'linkId', 'mapId', 'ifindex', 'id'];

/** What a kernel has recorded since the last look, a line for each operation; `undefined` of one that records nothing. */
export class RecordReader {
  readonly #kernel: TestKernel | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel instanceof TestKernel ? kernel : undefined;
  }

  /** Goes on after what was recorded until now, and forgets that: a long record would be gone through at every look. */
  skip(): void {
    this.#kernel?.faults.clearOperations();
  }

  read(session: Session): readonly string[] | undefined {
    return this.#kernel?.operations({ reads: true }).map((operation) => describe(session, operation));
  }
}

function describe(session: Session, { point, name, outcome, code, call }: Operation): string {
  const entries = new Map<string, unknown>(Object.entries(call));
  const details: string[] = [];
  const kind = entries.get('kind');
  for (const [key, value] of entries) {
    if (key === 'name' || value === undefined) continue;
    const idKind = key === 'id' ? toIdKind(kind) : ID_FIELDS[key];
    const isId = idKind !== undefined && typeof value === 'number';
    details.push(`${key} ${isId ? session.names.of(idKind, value) : session.hide(String(value))}`);
  }
  // What is not there goes by its id.
  const isNumber = ID_NAMES.some((key) => entries.get(key) !== undefined && String(entries.get(key)) === name);
  const shownName = isNumber ? 'its id' : session.hide(name);
  return `${point}:${shownName}:${outcome}${code === undefined ? '' : ` ${code}`} (${details.join(', ')})`;
}

function toIdKind(kind: unknown): string | undefined {
  if (kind === 'program' || kind === 'map' || kind === 'link') return shortKind(kind);
  return kind === 'xdp' || kind === 'tcx' || kind === 'filter' ? 'dev' : undefined;
}
