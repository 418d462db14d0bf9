import { Attributes } from './attributes.js';
import { type BridgePortStatus, decodeBridgePort } from './bridge-port.js';
import { type LinkState, nameOperationalState } from './link.js';
import { decodeLinkHeader, IFF, IFLA, IFLA_INFO, LINK_HEADER_BYTES } from './link-header.js';
import type { NetlinkMessage } from './message.js';

/** What of a link tells whether packets would go through. */
export interface LinkCondition extends Pick<LinkState, 'index' | 'isUp' | 'hasCarrier' | 'operationalState'> {
  /** What it does with frames as a port of a bridge; `undefined` for one that is none. */
  readonly portState: BridgePortStatus | undefined;
}

/**
 * What `decodeLink` says too, at a tenth of its cost: a lab looks at hundreds of links until it is ready.
 *
 * @throws KernelError EBADMSG
 */
export function decodeLinkCondition(message: NetlinkMessage): LinkCondition {
  const { index, flags } = decodeLinkHeader(message);
  let operationalState: LinkState['operationalState'] = 'unknown';
  let portState: BridgePortStatus | undefined;
  for (const { type, value } of new Attributes(message.payload.subarray(LINK_HEADER_BYTES))) {
    if (type === IFLA.OPERSTATE) operationalState = nameOperationalState(value[0]);
    if (type !== IFLA.LINKINFO) continue;
    const info = new Attributes(value);
    if (info.string(IFLA_INFO.SLAVE_KIND) !== 'bridge') continue;
    const port = info.nested(IFLA_INFO.SLAVE_DATA);
    portState = port === undefined ? undefined : decodeBridgePort(port).state;
  }
  return {
    index,
    isUp: (flags & IFF.UP) !== 0,
    hasCarrier: (flags & IFF.LOWER_UP) !== 0,
    operationalState,
    portState,
  };
}
