import { diagnoseBridge } from './diagnose-bridge.js';
import { diagnoseHostInput } from './diagnose-host-input.js';
import { diagnoseLink } from './diagnose-link.js';
import { diagnoseReceiver } from './diagnose-receiver.js';
import { diagnoseRouter } from './diagnose-router.js';
import { diagnoseSender } from './diagnose-sender.js';
import type { Case, Gap, Suspect } from './diagnosis.js';
import { formatCount } from './format-report.js';
import type { LedgerFinding } from './ledger-report.js';

/** How many counters are told of where none explains anything. */
const MOST_COUNTERS = 12;

type Found = Omit<LedgerFinding, 'at' | 'hop'>;

/** What explains a gap, in the order of certainty; what nothing explains is said to be unknown, with what moved. */
export function diagnose(facts: Case, gap: Gap): readonly Found[] {
  const found: Found[] = [];
  let left = gap.lost ?? Number.POSITIVE_INFINITY;
  for (const { cause, packets, message, evidence, fix } of suspects(facts, gap)) {
    if (found.some((each) => each.cause === cause)) continue;
    const explained = Math.min(packets ?? left, left);
    found.push({ cause, packets: Number.isFinite(explained) ? explained : 0, message, evidence, fix });
    left -= explained;
    // What is only so now, and counted nothing, explains all that is left.
    if (left <= 0 || packets === undefined) return found;
  }
  if (gap.lost === undefined ? found.length > 0 : left <= 0) return found;
  return [...found, explainNothing(facts, gap, gap.lost === undefined ? 0 : left)];
}

function suspects(facts: Case, gap: Gap): Generator<Suspect> {
  const { before, after } = gap;
  if (before === undefined) return diagnoseSender(facts, gap);
  if (after === undefined) return diagnoseReceiver(facts, gap);
  if (before.node !== after.node) return diagnoseLink(facts, gap);
  if (before.node.kind === 'bridge') return diagnoseBridge(facts, gap);
  return after.point === 'ip' ? diagnoseHostInput(facts, gap) : diagnoseRouter(facts, gap);
}

function explainNothing({ deltas }: Case, { before, after, way }: Gap, packets: number): Found {
  const nodes = new Set([before?.node.name, after?.node.name, after === undefined ? way.to.name : undefined]);
  const moved = deltas.deltas.filter(
    ({ node, counter }) => nodes.has(node) && !/Packets|Bytes|Octets|Pkts|packets$/.test(counter),
  );
  const list = moved
    .slice(0, MOST_COUNTERS)
    .map(({ node, counter, delta }) => `${counter} +${formatCount(delta)} on ${node}`);
  return {
    cause: 'unknown',
    packets,
    message: `none of the counters that glovebox knows tells why${list.length > 0 ? '; these moved' : ', and no other moved'}`,
    evidence: moved.length > list.length ? [...list, `and ${moved.length - list.length} more`] : list,
    fix: undefined,
  };
}
