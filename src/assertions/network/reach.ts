import { quote, UsageError } from '../../core/errors.js';
import type { ProbeHost, ProbeOptions, ProbeResult } from '../../netns/probe/probe-options.js';
import { type Expectation, type Look, toError } from '../look.js';
import { isObject } from './subjects.js';

/** Who can try to reach others: a host of a lab, or a namespace. */
export interface ReachingSubject {
  readonly name?: string;
  probe(target: string | ProbeHost, options?: ProbeOptions): Promise<ProbeResult>;
  /** Where packets to a target get lost, as a sentence; a host of a lab may know. */
  explainLoss?(target: string | ProbeHost, options: ProbeOptions): Promise<string | undefined>;
}

/** How it is tried. */
export interface ReachOptions extends ProbeOptions {}

/** How long silence is listened to before it counts. */
const SILENCE_MS = 300;

/** @internal What `assertReaches`, `assertDoesNotReach` and `toReach` are about. @throws UsageError */
export function expectReach(
  subject: ReachingSubject,
  target: string | ProbeHost,
  options: ReachOptions,
  wanted: boolean,
): Expectation & { readonly timeoutMs: number } {
  if (!isObject(subject) || typeof subject['probe'] !== 'function')
    throw new UsageError('toReach', `expected a host of a lab or a Netns; received ${quote(subject)}`);
  const { protocol = 'icmp', port } = options;
  const timeoutMs = options.timeoutMs ?? (wanted ? 1000 : SILENCE_MS);
  const who = typeof target === 'string' ? target : `${quote(target.name)} (${target.address})`;
  const way = [protocol, ...(port === undefined ? [] : [`port ${port}`])].join(' ');
  return {
    timeoutMs,
    subject: subject.name === undefined ? 'the namespace' : quote(subject.name),
    what: `reach ${who} by ${way}`,
    expected: 'an answer',
    look: async (): Promise<Look> => {
      const result = await subject.probe(target, { ...options, timeoutMs });
      if (result.reached) return { holds: true, seen: 'it does', actual: result };
      const requests = `${result.sent} ${result.sent === 1 ? 'request' : 'requests'}`;
      const explanation = wanted ? await subject.explainLoss?.(target, options) : undefined;
      const silence = explanation === undefined ? 'nobody says why' : undefined;
      const why = [result.reason ?? silence, explanation].filter((each) => each !== undefined).join('; ');
      return { holds: false, seen: `${requests} went unanswered: ${why}`, actual: result.reason ?? 'silence' };
    },
  };
}

/**
 * Asserts that a host reaches another, or an address: by an echo of ICMP, a datagram, or a connection, sent again until
 * something answers.
 *
 * @throws AssertionError with what was answered instead, and in a lab where packets get lost; UsageError
 *
 * @example
 * ```ts
 * await assertReaches(lab.hosts.client, lab.hosts.server, { protocol: 'tcp', port: 80 });
 * ```
 */
export async function assertReaches(
  subject: ReachingSubject,
  target: string | ProbeHost,
  options: ReachOptions = {},
): Promise<void> {
  const expectation = expectReach(subject, target, options, true);
  const seen = await expectation.look();
  if (!seen.holds) throw toError(expectation, seen, expectation.timeoutMs);
}
