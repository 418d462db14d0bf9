import { bullets, GloveboxError, quote } from '../core/errors.js';
import type { ArmedFault } from './armed-fault.js';
import type { Fault } from './fault.js';
import { listDifferences } from './matching.js';

/**
 * Faults that were injected never took effect, so the test has not shown what it says. `faults` holds them; each line
 * of the message says how many calls the fault's point has seen, and why none of them was its own.
 */
export class UnfiredFaultError extends GloveboxError {
  override readonly name = 'UnfiredFaultError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], explanations: readonly string[]) {
    const head = faults.length === 1 ? 'an injected fault never fired' : `${faults.length} injected faults never fired`;
    super(
      'ERR_GLOVEBOX_FAULT_UNFIRED',
      `${head}:\n${bullets(explanations)}\nSend a call its way, correct it, or give it optional: true if it need not fire`,
    );
    this.faults = faults;
  }
}

/** Why a fault has not fired, with the calls that came nearest. */
export function explainUnfired(fault: ArmedFault): string {
  const lines = [`fault ${quoteLabel(fault)} on ${fault.point}: ${explainCount(fault)}`];
  if (fault.matched === 0 && fault.rule.filter !== undefined) {
    const filter = fault.rule.filter;
    lines.push(...fault.misses.map(({ call }) => `      nearest: ${listDifferences(filter, call).join('; ')}`));
  }
  return lines.join('\n');
}

function quoteLabel(fault: ArmedFault): string {
  // A label is chosen by the test or made here; it may be longer than what `quote` would keep.
  return JSON.stringify(fault.label);
}

function explainCount({ seen, matched, mistake, lost, lostTo, rule }: ArmedFault): string {
  if (seen === 0) return 'the point saw no call after the fault was armed';
  const calls = count(seen, 'call');
  if (matched === 0) return `the point saw ${calls}, and none matched`;
  const head = `the point saw ${calls}, and ${matched} matched`;
  if (mistake !== undefined) return `${head}; ${mistake.message}`;
  if (lost > 0 && lostTo !== undefined) return `${head}; when it was its turn, fault ${quote(lostTo)} fired first`;
  if (lost > 0) return `${head}; the call failed by itself, so there was no success to deny`;
  if (rule.probability !== undefined) return `${head}; the probability of ${rule.probability} never came up`;
  return matched < rule.first ? `${head}, but it was to fire from match ${rule.first} on` : head;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
