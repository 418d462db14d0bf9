import { isErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import type { CaseFault } from './scenario.js';

/** A failing case, as a token tells it. */
export interface ReplayCase {
  readonly seed: number;
  readonly faults: readonly CaseFault[];
}

const MAX_SEED = 2 ** 32 - 1;
const MAX_LENGTH = 4_000;
const EXAMPLE = 'gx1.42.kernel.attach~2~after~EBUSY~once';

/** A case as a short text, safe in URLs and shells: `gx1.42.kernel.attach~2~after~EBUSY~once`; more faults after `~~`. */
export function formatToken(replay: ReplayCase): string {
  return `gx1.${replay.seed}.${replay.faults.map(formatFault).join('~~')}`;
}

/** @throws UsageError for a text that is no token, saying what is wrong with it. */
export function parseToken(token: string): ReplayCase {
  if (typeof token !== 'string' || token.length > MAX_LENGTH)
    throw refuse(token, 'it must be a string such as a report prints');
  const [, version, seedText = '', rest = ''] = /^gx(\d+)\.(\d+)\.(.+)$/.exec(token.trim()) ?? [];
  if (version === undefined) throw refuse(token, 'it does not begin with gx1.<seed>.');
  if (version !== '1') throw refuse(token, `its version is ${version}, and this release of glovebox reads version 1`);
  const seed = Number(seedText);
  if (seed > MAX_SEED) throw refuse(token, `its seed must be an integer from 0 to ${MAX_SEED}`);
  return { seed, faults: rest.split('~~').map((part) => parseFault(token, part)) };
}

function formatFault(fault: CaseFault): string {
  const head = `${encodePoint(fault.point)}~${fault.call}~${fault.effect}`;
  return 'error' in fault ? `${head}~${fault.error}~${fault.lasts}` : head;
}

function parseFault(token: string, text: string): CaseFault {
  const [pointText = '', callText = '', effect = '', error, lasts, ...more] = text.split('~');
  const point = decodePoint(pointText);
  if (point === undefined || point === '') throw refuse(token, `${quote(pointText)} is no point`);
  const call = Number(callText);
  if (!/^[1-9]\d*$/.test(callText) || !Number.isSafeInteger(call)) {
    throw refuse(token, `${quote(callText)} must be the number of a call, 1 or more`);
  }
  if (effect === 'crash-before' || effect === 'crash-after') {
    if (error !== undefined) throw refuse(token, `a crash has no error; received ${quote(error)}`);
    return { point, call, effect };
  }
  if (effect !== 'before' && effect !== 'after') {
    throw refuse(token, `${quote(effect)} must be before, after, crash-before or crash-after`);
  }
  if (error === undefined || !(isErrnoName(error) || /^(?:injected|e\d{1,4})$/.test(error))) {
    throw refuse(token, `${quote(error)} is no error: an errno name, injected, or e0, e1…`);
  }
  if ((lasts !== 'once' && lasts !== 'persistent') || more.length > 0) {
    throw refuse(token, `${quote([lasts, ...more].join('~'))} must be once or persistent`);
  }
  return { point, call, effect, error, lasts };
}

function encodePoint(point: string): string {
  return encodeURIComponent(point).replace(/[~!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodePoint(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refuse(token: unknown, reason: string): UsageError {
  return new UsageError('replay token', `${quote(token)}: ${reason}. A token looks like ${EXAMPLE}`);
}
