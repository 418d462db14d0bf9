import { isIP } from 'node:net';
import type { FlowOptions } from '../ledger/flow.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerReport } from '../ledger/ledger-report.js';
import type { ProbeHost, ProbeOptions, ProbeResult } from './probe-options.js';

/** How long it is tried once more. */
const RETRY_MS = 100;
const SETTLE_MS = 100;

/** Who could not reach another, and what it has to find out why. */
export interface Explainer {
  readonly name: string;
  probe(target: ProbeHost, options: ProbeOptions): Promise<ProbeResult>;
  openLedger(options: FlowOptions): Ledger;
}

/**
 * Where packets from one host to another get lost: tries once more, and counts at every hop, the way there and the way
 * back.
 *
 * @returns a sentence; `undefined` when nothing was found out, whatever the reason
 */
export async function explainLoss(
  from: Explainer,
  target: ProbeHost,
  options: ProbeOptions,
): Promise<string | undefined> {
  try {
    const [there, back] = await countBothWays(from, target, options);
    if (!there.isConserved) return describe(there);
    return back === undefined || back.isConserved ? undefined : `the answers get lost: ${describe(back)}`;
  } catch {
    // A host of another lab, or no rights to count: the failure that is to be explained stays what it is.
    return undefined;
  }
}

async function countBothWays(
  from: Explainer,
  target: ProbeHost,
  { protocol = 'icmp', port }: ProbeOptions,
): Promise<readonly [there: LedgerReport, back: LedgerReport | undefined]> {
  const name: NonNullable<FlowOptions['protocol']> =
    protocol === 'icmp' && isIP(target.address) === 6 ? 'icmpv6' : protocol;
  const flow = { protocol: name, ...(protocol === 'icmp' || port === undefined ? {} : { port }) };
  await using there = from.openLedger({ ...flow, from: from.name, to: target.name, destination: target.address });
  // Nobody answers a datagram.
  await using back =
    protocol === 'udp'
      ? undefined
      : from.openLedger({ protocol: name, from: target.name, to: from.name, source: target.address });
  await from.probe(target, { protocol, ...(port === undefined ? {} : { port }), timeoutMs: RETRY_MS });
  return [await there.report({ settleMs: SETTLE_MS }), await back?.report({ settleMs: 0 })];
}

function describe({ verdict: { message, fix } }: LedgerReport): string {
  return [message, ...(fix === undefined ? [] : [`Fix: ${fix}`])].join('. ');
}
