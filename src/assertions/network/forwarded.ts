import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { LabBridge } from '../../netns/lab/lab-bridge.js';
import type { LabHost } from '../../netns/lab/lab-host.js';
import type { LabLink } from '../../netns/lab/lab-link.js';
import type { LedgerReport } from '../../netns/ledger/ledger-report.js';
import { assertLook, type Expectation, findWaitMistakes, type Look, type WaitOptions } from '../look.js';
import { isObject } from './subjects.js';

/** What passes packets on: a router or a host that forwards, a switch, a link. */
export type ForwardingSubject = Pick<LabHost | LabBridge | LabLink, 'name' | 'forwarded'>;

/** How many: exactly so many, or a range. */
export type ExpectedCount = number | { readonly atLeast?: number; readonly atMost?: number };

/** Which packets are counted. */
export interface ForwardedOptions extends WaitOptions {
  /** What `forwarded()` answered before: only what came after counts. @defaultValue 0: all since the lab was built */
  readonly since?: number;
  /** A ledger's report: only packets of its flow count, those that left the host by an interface. */
  readonly flow?: LedgerReport;
}

/** @internal What `assertHasForwarded` and `toHaveForwarded` are about. @throws UsageError with every mistake */
export function expectForwarded(
  subject: ForwardingSubject,
  count: ExpectedCount,
  options: ForwardedOptions = {},
): Expectation {
  const matcher = 'toHaveForwarded';
  if (!isObject(subject) || typeof subject['forwarded'] !== 'function' || typeof subject['name'] !== 'string')
    throw new UsageError(matcher, `expected a router, a host, a switch or a link of a lab; received ${quote(subject)}`);
  checkForwarded(matcher, count, options);
  const { since = 0, flow } = options;
  const { atLeast, atMost } = typeof count === 'number' ? { atLeast: count, atMost: count } : count;
  const read = (): number => (flow === undefined ? subject.forwarded() - since : countInFlow(flow, subject.name));
  return {
    subject: quote(subject.name),
    what: `have forwarded ${describeCount(count)}${flow === undefined ? '' : ` of ${flow.title}`}`,
    expected: count,
    look: (): Look => {
      const seen = read();
      const isTooMany = atMost !== undefined && seen > atMost;
      return {
        holds: !isTooMany && seen >= (atLeast ?? 0),
        seen: `it has forwarded ${seen}`,
        actual: seen,
        // A count never goes down, and that of a report does not move.
        isFinal: isTooMany || flow !== undefined,
      };
    },
  };
}

/**
 * Asserts that packets were passed on: by a router or host those of IP, by a switch frames that left its ports, by a link
 * frames that arrived at its ends.
 *
 * @throws AssertionError with the count; UsageError
 *
 * @example
 * ```ts
 * const since = lab.routers.gateway.forwarded();
 * await lab.hosts.client.probe(lab.hosts.server);
 * await assertHasForwarded(lab.routers.gateway, { atLeast: 2 }, { since });
 * ```
 */
export async function assertHasForwarded(
  subject: ForwardingSubject,
  count: ExpectedCount,
  options: ForwardedOptions = {},
): Promise<void> {
  await assertLook(expectForwarded(subject, count, options), options.timeoutMs);
}

function countInFlow({ hops }: LedgerReport, name: string): number {
  return hops
    .filter((hop) => hop.point === 'out' && (hop.node === name || hop.name.startsWith(`${name}:`)))
    .reduce((sum, { packets }) => sum + packets, 0);
}

function describeCount(count: ExpectedCount): string {
  if (typeof count === 'number') return `${count} ${count === 1 ? 'packet' : 'packets'}`;
  const { atLeast, atMost } = count;
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  return `${parts.join(' and ')} packets`;
}

function checkForwarded(matcher: string, count: unknown, options: ForwardedOptions): void {
  checkOptions(matcher, options);
  const { since, flow } = options;
  const range = isObject(count) ? count : undefined;
  const numbers = range === undefined ? { count } : { atLeast: range['atLeast'], atMost: range['atMost'] };
  const given = Object.entries({ ...numbers, since }).filter(
    ([name, value]) => name === 'count' || value !== undefined,
  );
  const mistakes = [
    ...given
      .filter(([, value]) => !(typeof value === 'number' && Number.isInteger(value) && value >= 0))
      .map(([name, value]) => `${name} must be a whole number, 0 or more, not ${quote(value)}`),
    ...(range === undefined ? [] : findUnknownOptions(range, ['atLeast', 'atMost'])),
    ...(range !== undefined && range['atLeast'] === undefined && range['atMost'] === undefined
      ? ['count must have atLeast or atMost']
      : []),
    ...findUnknownOptions(options, ['since', 'flow', 'timeoutMs']),
    ...(flow === undefined || (isObject(flow) && Array.isArray(flow['hops']))
      ? []
      : [`flow must be the report of a ledger, not ${quote(flow)}`]),
    ...(flow !== undefined && since !== undefined ? ['flow counts since its ledger was opened; leave out since'] : []),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
}
