import { quote } from '../../core/errors.js';
import { LabHost } from '../../netns/lab/lab-host.js';
import { isStacked } from '../../netns/lab/plan/is-stacked.js';

/** Where in a network a guest is. */
export interface GuestNetwork {
  /**
   * The host of a lab that the guest is from now on: it has its interfaces, with their names and MAC addresses, its
   * addresses and its routes. What runs in the host's own namespace is not reached meanwhile.
   */
  readonly in: LabHost;
}

/** What is wrong with a network, each as a sentence. */
export function findNetworkMistakes(network: unknown): readonly string[] {
  if (network === undefined) return [];
  if (!Array.isArray(network) || network.length !== 1)
    return [`network must be an array of one { in: host of a lab }; received ${quote(network)}`];
  const [place]: readonly unknown[] = network;
  const host: unknown = typeof place === 'object' && place !== null && 'in' in place ? place.in : undefined;
  if (!(host instanceof LabHost))
    return [`network[0].in must be a host of a lab, such as lab.hosts.server; received ${quote(host)}`];
  const { interfaces } = host.plan;
  if (interfaces.length === 0) return [`network[0].in is host ${quote(host.name)}, which is on no link`];
  return interfaces
    .filter(({ kind }) => isStacked(kind))
    .map(
      ({ link, kind }) =>
        `network[0].in is host ${quote(host.name)}, on link ${quote(link)} of type ${kind}; a guest can be on plain links alone`,
    );
}
