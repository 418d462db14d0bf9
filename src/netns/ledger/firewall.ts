import type { Case, Suspect } from './diagnosis.js';

/** Where a packet meets a firewall. */
export type FirewallHook = 'input' | 'forward' | 'output';

/** What rules of nftables dropped. */
export function* suspectFirewall(_facts: Case, _node: string, _hook: FirewallHook): Generator<Suspect> {
  // Filled in with the rules' counters.
}
