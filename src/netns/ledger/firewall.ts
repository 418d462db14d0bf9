import type { NftHook } from '../netfilter/nft-requests.js';
import { describeFirewallRule } from './counters.js';
import type { Case, Suspect } from './diagnosis.js';
import { formatCount } from './format-report.js';

/** What rules of nftables dropped where packets pass; a rule that others jump to may be anywhere. */
export function* suspectFirewall(
  { now, deltas }: Case,
  node: string,
  hooks: readonly NftHook[],
  device?: string,
): Generator<Suspect> {
  const rules = (now.get(node)?.firewall ?? []).filter(
    ({ hook, verdict, devices }) =>
      (verdict === 'drop' || verdict === 'reject') &&
      (hook === undefined || hooks.includes(hook)) &&
      (device === undefined || devices.length === 0 || devices.includes(device)),
  );
  const counted = rules
    .map((rule) => ({ rule, packets: deltas.of(node, `${describeFirewallRule(rule)} packets`) }))
    .filter(({ packets }) => packets > 0);
  const [first] = counted;
  if (first === undefined) return;
  yield {
    cause: 'firewall',
    packets: counted.reduce((sum, { packets }) => sum + packets, 0),
    message: `a firewall rule on ${node} ${first.rule.verdict === 'drop' ? 'drops' : 'refuses'} packets${first.rule.comment === undefined ? '' : ` ("${first.rule.comment}")`}`,
    evidence: counted.map(
      ({ rule, packets }) =>
        `${describeFirewallRule(rule)} on ${node}: +${formatCount(packets)} packets${rule.comment === undefined ? '' : ` ("${rule.comment}")`}`,
    ),
    fix: first.rule.isOwn ? 'remove the rule, or lab.heal()' : `look at nft list ruleset on ${node}`,
  };
}
