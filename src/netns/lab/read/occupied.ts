import type { IpFamily } from '../../netlink/ip-address.js';
import type { IpNetwork } from './ip-network.js';

/** What is in a namespace already that a lab adopts: what it must keep clear of. */
export interface Occupied {
  /** Of interfaces, with their other names. */
  readonly names: readonly string[];
  readonly highestIfindex: number;
  /** Those of its addresses, and those that it has routes to. */
  readonly networks: readonly IpNetwork[];
  readonly addresses: readonly { readonly family: IpFamily; readonly value: bigint; readonly interface: string }[];
  /** Destinations of its routes, as `10.0.0.0/24`, each with its metric. */
  readonly routes: readonly { readonly to: string; readonly metric: number }[];
}

/** What is known of the namespaces of a spec, by the names of their nodes; or why such a one cannot be had. */
export type Survey = ReadonlyMap<string, Occupied | { readonly refusal: string }>;

export const NOTHING_SURVEYED: Survey = new Map();
