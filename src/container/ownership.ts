import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { examineOwner, type JournalOwner, readOwner } from '../process/journal/owner.js';
import { ID_LABEL, type Labels, MACHINE_LABEL, OWNER_LABEL, REAPER_LABEL } from './labels.js';

/** The labels of what belongs to this process. @param id - What one lifetime made has one. */
export function createLabels(id: string, reaper: string): Labels {
  return {
    [ID_LABEL]: id,
    [REAPER_LABEL]: reaper,
    [OWNER_LABEL]: JSON.stringify(readOwner()),
    [MACHINE_LABEL]: readMachine(),
  };
}

/**
 * Whether the process that labels name has ended. Of another machine's nothing is known: an engine may serve several,
 * and what runs there must not be taken for what was left.
 */
export function isOrphaned(labels: Labels): boolean {
  if (labels[MACHINE_LABEL] !== readMachine()) return false;
  const owner = parseOwner(labels[OWNER_LABEL]);
  if (owner === undefined) return false;
  return examineOwner(owner) === 'dead';
}

function parseOwner(text = ''): JournalOwner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, startTime, pidNamespace, bootId }: Partial<Record<keyof JournalOwner, unknown>> = value;
    if (typeof pid !== 'number' || typeof startTime !== 'number') return undefined;
    if (typeof pidNamespace !== 'string' || typeof bootId !== 'string') return undefined;
    return { pid, startTime, pidNamespace, bootId };
  } catch {
    return undefined;
  }
}

function readMachine(): string {
  let id: string;
  try {
    id = readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    // Without one, only what is of the same start of the kernel is this machine's.
    id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  }
  return createHash('sha256').update(`${id} ${hostname()}`).digest('hex').slice(0, 16);
}
