import type { Operation, OperationOutcome } from '../../src/core/operation.js';
import type { KernelSnapshot } from '../../src/kernel/snapshot.js';

/** Operations from their lines: `load:a:ok`, `attach:b:error EBUSY injected`, `read list:programs:ok`. */
export function operations(...lines: readonly string[]): readonly Operation[] {
  return lines.map((line, index) => {
    const [text = '', code, injected] = line.split(' ');
    const [verb = '', name = '', outcome = ''] = text.split(':');
    if (!isOutcome(outcome)) throw new TypeError(`no outcome in ${line}`);
    return {
      sequence: index + 1,
      point: 'kernel.load',
      verb,
      name,
      outcome,
      code,
      injected: injected === 'injected',
      read: false,
      call: {},
    };
  });
}

function isOutcome(text: string): text is OperationOutcome {
  return text === 'ok' || text === 'error' || text === 'crash';
}

/** A kernel that holds nothing but what is given. */
export function kernelWith(state: Partial<KernelSnapshot> = {}): { snapshot(): KernelSnapshot } {
  return {
    snapshot: () => ({
      programs: [],
      links: [],
      maps: [],
      pins: [],
      directories: [],
      attachments: [],
      clsacts: [],
      ...state,
    }),
  };
}
