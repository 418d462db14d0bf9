import { isIP } from 'node:net';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { checkChoice, checkNumber, Mistakes } from '../../core/mistakes.js';
import type { Netns } from '../netns.js';

/** The protocols that a probe can go by. */
export const PROBE_PROTOCOLS = ['icmp', 'udp', 'tcp'] as const;

/** What is sent: an echo request, a datagram, or a request for a connection. */
export type ProbeProtocol = (typeof PROBE_PROTOCOLS)[number];

/** Somebody who can be probed by name: a host of a lab. */
export interface ProbeHost {
  readonly name: string;
  readonly address: string;
  readonly netns: Netns;
}

/** How a probe is made. */
export interface ProbeOptions {
  /** @defaultValue 'icmp' */
  readonly protocol?: ProbeProtocol;
  /**
   * Of UDP and TCP. A datagram is received by a socket that is opened there for it; a connection is to whoever listens,
   * or, without a port, to a server that is opened there for it. @defaultValue one that is free
   */
  readonly port?: number;
  /** How long an answer is waited for; requests are sent again every 50 ms. @defaultValue 1000 */
  readonly timeoutMs?: number;
}

/** What became of a probe. */
export interface ProbeResult {
  readonly reached: boolean;
  readonly protocol: ProbeProtocol;
  /** The address that was probed. */
  readonly address: string;
  /** How many requests were sent. */
  readonly sent: number;
  /** From the last request that was sent to the answer. */
  readonly elapsedMs: number;
  /** Why it was not reached, as far as anybody said. */
  readonly reason: string | undefined;
}

/** One way to probe: sends, and tells what came back. */
export interface Prober extends AsyncDisposable {
  /** Sends once more; answers why that was not possible. */
  send(): string | undefined;
  /** What came back so far. */
  look(): { readonly kind: 'reply' } | { readonly kind: 'refusal'; readonly reason: string } | undefined;
}

/** @internal @throws UsageError with every mistake */
export function checkProbe(target: unknown, options: ProbeOptions): void {
  checkOptions('probe', options);
  const { protocol, port, timeoutMs } = options;
  const mistakes = new Mistakes();
  for (const mistake of findUnknownOptions(options, ['protocol', 'port', 'timeoutMs'])) mistakes.add(mistake);
  if (protocol !== undefined) checkChoice(mistakes, 'protocol', protocol, PROBE_PROTOCOLS);
  if (port !== undefined) checkNumber(mistakes, 'port', port, 1, 65_535);
  for (const mistake of timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)) mistakes.add(mistake);
  const isHost = isProbeHost(target);
  if (!isHost && (typeof target !== 'string' || target === ''))
    mistakes.add(`target must be a host of a lab, or an address such as "10.0.0.1", not ${quote(target)}`);
  if (port !== undefined && (protocol ?? 'icmp') === 'icmp')
    mistakes.add(`port ${port} means nothing to ICMP; say protocol: 'udp' or 'tcp'`);
  if (protocol === 'udp' && !isHost)
    mistakes.add('a datagram is received by a socket that is opened at the target: give the host, not its address');
  if (protocol === 'tcp' && !isHost && port === undefined)
    mistakes.add('port must be given: a server can be opened for the probe only at a host, not at an address');
  mistakes.throwIfAny('probe');
}

/** Whether a value is a host that can be probed. */
function isProbeHost(value: unknown): value is ProbeHost {
  return (
    typeof value === 'object' &&
    value !== null &&
    'address' in value &&
    typeof value.address === 'string' &&
    isIP(value.address) !== 0 &&
    'netns' in value &&
    typeof value.netns === 'object'
  );
}

/** @internal A target that something has to be opened at. @throws UsageError */
export function requireHost(target: string | ProbeHost): ProbeHost {
  if (typeof target !== 'string') return target;
  throw new UsageError('probe', `target must be a host of a lab, not ${quote(target)}`);
}
