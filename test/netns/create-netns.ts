import { encodeSetLink } from '../../src/netns/netlink/link-requests.js';
import { Netns, type NetnsOptions } from '../../src/netns/netns.js';
import { keep } from '../support/keep.js';

/** A namespace whose loopback is up, for the length of a test. */
export function createNetns(options?: NetnsOptions): Netns {
  const netns = keep(Netns.create(options));
  netns.netlink.request(encodeSetLink({ index: 1, isUp: true }));
  return netns;
}
