import { KernelError } from '../../core/kernel-error.js';
import { decodeRoute } from '../netlink/route.js';
import { encodeFindRoute, type FindRouteOptions } from '../netlink/route-lookup.js';
import type { ViewedNode } from './lab-view.js';

/** What the kernel says when asked for a route. */
export type RouteAnswer =
  | {
      readonly found: true;
      readonly interface: string;
      readonly ifindex: number;
      readonly gateway: string | undefined;
      readonly words: string;
    }
  | { readonly found: false; readonly code: string; readonly words: string };

/** Asks the kernel of a node which way a packet would go. */
export function askRoute({ plan, netns }: ViewedNode, options: FindRouteOptions): RouteAnswer {
  const question = `route lookup on ${plan.name} for ${options.destination}${options.source === undefined ? '' : ` from ${options.source}`}`;
  try {
    const { ifindex, gateway, type } = decodeRoute(netns.netlink.requestOne(encodeFindRoute(options)));
    const name =
      plan.interfaces.find((each) => each.ifindex === ifindex)?.name ?? (ifindex === 1 ? 'lo' : `interface ${ifindex}`);
    const words = `${question}: ${type === 'unicast' ? '' : `${type} `}dev ${name}${gateway === undefined ? '' : ` via ${gateway}`}`;
    return { found: true, interface: name, ifindex: ifindex ?? 0, gateway, words };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { found: false, code: error.code, words: `${question}: ${error.code}` };
  }
}
