import type { ErrnoName } from '../core/errno.js';
import { errnoOf } from '../core/kernel-error.js';
import type { CapabilityName } from '../native/capabilities.js';
import { fixByKernel, fixByModule, fixByPrivilege, fixForbidden } from './fixes.js';
import type { Machine } from './machine.js';
import { type Finding, missing } from './probe.js';

/** What a probe needed, so that a refusal can be explained. */
export interface Needs {
  /** What was asked for, as the end of "this kernel has no …": `netem`. */
  readonly what: string;
  readonly capabilities: readonly CapabilityName[];
  /** The module that brings it, where it can be one. */
  readonly module?: string;
  /** The first Linux that has it. */
  readonly since?: string;
}

/** What a kernel answers when it does not have something, as opposed to not giving it. */
const ABSENT: readonly ErrnoName[] = [
  'ENOENT',
  'ENODEV',
  'ENXIO',
  'ENOSYS',
  'EINVAL',
  'E2BIG',
  'EOPNOTSUPP',
  'EAFNOSUPPORT',
  'EPROTONOSUPPORT',
  'ENOTSUPP',
];

/**
 * Explains why the kernel refused, and what would change its mind.
 *
 * @throws the error itself when it is none of the kernel's
 */
export function explainRefusal(machine: Machine, error: unknown, needs: Needs): Finding {
  const code = errnoOf(error);
  if (code === undefined || !(error instanceof Error)) throw error;
  const lacking = [...new Set(needs.capabilities)].filter((name) => !machine.capabilities.includes(name));
  const where = machine.isInUserNamespace ? ', though of a user namespace' : '';
  // The verifier's log has a line for every instruction; the first says it.
  const evidence = error.message.split('\n').slice(0, 2).join('; ');
  if (code === 'EPERM' || code === 'EACCES') {
    return lacking.length > 0
      ? missing(`${evidence}; without ${lacking.join(', ')}`, fixByPrivilege(machine, lacking))
      : missing(`${evidence}, with every capability that it takes${where}`, fixForbidden(machine));
  }
  if (!ABSENT.includes(code)) {
    return missing(evidence, { text: 'the message says what the kernel refused; no command is known that mends it' });
  }
  return missing(
    evidence,
    needs.module === undefined
      ? fixByKernel(machine, needs.what, needs.since)
      : fixByModule(machine, needs.module, needs.what),
  );
}
