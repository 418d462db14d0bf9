import type { Case, Gap, Suspect } from './diagnosis.js';
import { suspectFirewall } from './firewall.js';
import { formatCount } from './format-report.js';

/** Why IP was not given what came in at an interface: something in between threw it away. */
export function* diagnoseHostInput(facts: Case, { after }: Gap): Generator<Suspect> {
  if (after === undefined) return;
  const { name } = after.node;
  yield* suspectPartition(facts, name);
  yield* suspectFirewall(facts, name, ['ingress'], after.interface.name);
  yield {
    cause: 'ingress-filter',
    message: `a filter at the ingress of ${name}:${after.interface.name} (tc, or nftables) took packets before IP`,
    evidence: [`they were seen at ${name}:${after.interface.name}, and not behind its filters`],
    fix: `look at tc filter show dev ${after.interface.name} ingress, and nft list ruleset, on ${name}`,
  };
}

/** A partition of the lab's own that keeps a host from hearing somebody. */
export function* suspectPartition(facts: Case, node: string, sender?: string): Generator<Suspect> {
  for (const { dropped, unheard } of facts.partitions) {
    const senders = unheard.get(node);
    if (dropped <= 0 || senders === undefined || (sender !== undefined && !senders.has(sender))) continue;
    const from = [...senders].join(', ');
    yield {
      cause: 'partition',
      packets: dropped,
      message: `lab.partition keeps ${node} from hearing ${from}`,
      evidence: [`partition ${from} → ${node}: dropped +${formatCount(dropped)} frames, of any kind`],
      fix: 'partition.heal(), or lab.heal()',
    };
  }
}
