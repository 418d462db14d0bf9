import { quote } from '../../core/errors.js';
import { AttributeWriter } from './attribute-writer.js';
import { findRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { encodeLinkHeader, IFLA } from './link-header.js';
import { findNameProblems } from './link-settings.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';

/** ALTIFNAMSIZ without the NUL. */
const MAX_ALT_NAME_BYTES = 127;

export interface AltNameOptions {
  readonly index: number;
  /** At most 127 bytes. */
  readonly altName: string;
}

/**
 * Gives a link one more name, of up to 127 bytes, by which it is found too. EEXIST for a name that is taken
 * (net/core/rtnetlink.c, rtnl_alt_ifname; Linux 5.5).
 *
 * @throws UsageError
 */
export function encodeAddAltName(options: AltNameOptions): NetlinkRequest {
  throwProblems('encodeAddAltName', findAltNameProblems(options));
  const { index, altName } = options;
  const action = `give link ${index} the name ${quote(altName)} too`;
  return createRequest('RTM_NEWLINKPROP', encodeAltName(options), action, NLM_F.CREATE | NLM_F.EXCL | NLM_F.APPEND);
}

/** Takes a further name from a link. ENOENT (net/core/dev.c, netdev_name_node_alt_destroy). @throws UsageError */
export function encodeRemoveAltName(options: AltNameOptions): NetlinkRequest {
  throwProblems('encodeRemoveAltName', findAltNameProblems(options));
  const { index, altName } = options;
  return createRequest('RTM_DELLINKPROP', encodeAltName(options), `take the name ${quote(altName)} from link ${index}`);
}

function encodeAltName({ index, altName }: AltNameOptions): Uint8Array {
  return new AttributeWriter(encodeLinkHeader({ index }))
    .nested(IFLA.PROP_LIST, (names) => names.string(IFLA.ALT_IFNAME, altName))
    .finish();
}

function findAltNameProblems({ index, altName }: AltNameOptions): readonly string[] {
  return [
    ...findRangeProblems('index', index, INDEX_RANGE),
    ...findNameProblems('altName', altName, MAX_ALT_NAME_BYTES),
  ];
}
