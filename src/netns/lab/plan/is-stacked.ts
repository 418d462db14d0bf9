import type { PlannedKind } from './lab-plan.js';

/** Whether a link is a device upon another, which must be there, up and with a carrier, before it is made. */
export function isStacked(kind: PlannedKind['type']): boolean {
  return kind === 'macvlan' || kind === 'vlan';
}
