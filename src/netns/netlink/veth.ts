import { quote } from '../../core/errors.js';
import { AttributeWriter } from './attribute-writer.js';
import { findOptionalRangeProblems, INDEX_RANGE, type Range, throwProblems } from './checks.js';
import { encodeLinkHeader, IFLA, IFLA_INFO } from './link-header.js';
import { findSettingsProblems, type LinkSettings, writeSettings } from './link-settings.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';

/** include/uapi/linux/veth.h */
const VETH_INFO_PEER = 1;
/** net/core/rtnetlink.c, rtnl_create_link. */
const QUEUES_RANGE: Range = [1, 4096];

/** One end of a veth pair. */
export interface VethEnd extends LinkSettings {
  readonly name: string;
  /** The peer may have one only if the first end has one: Linux ignores it otherwise. @defaultValue chosen by the kernel */
  readonly index?: number;
  /** How many queues it sends from, and receives to. @defaultValue one for each processor that the kernel can have */
  readonly queues?: number;
}

export interface CreateVethOptions extends VethEnd {
  readonly peer: VethEnd;
}

/**
 * Creates a veth pair, both ends down: switched on in this message, an end whose peer is not there yet fails with
 * ENOTCONN. Send `encodeSetLink({ isUp: true })` after it, in the same pack if the indexes are given.
 *
 * EEXIST for a name or index that is taken, EOPNOTSUPP without veth (drivers/net/veth.c, veth_newlink). Each end is
 * created where its `netnsFd` says, by default in the namespace of the socket. The request asks for an echo: the first
 * end, with the indexes the kernel chose (Linux 6.2; earlier kernels send none).
 *
 * @throws UsageError
 */
export function encodeCreateVeth(options: CreateVethOptions): NetlinkRequest {
  const { peer } = options;
  throwProblems('encodeCreateVeth', [
    ...findEndProblems('', options),
    ...(typeof peer === 'object' && peer !== null
      ? findEndProblems('peer.', peer)
      : [`peer must be the other end; received ${quote(peer)}`]),
    ...(peer?.index !== undefined && options.index === undefined ? ['peer.index takes an index beside it'] : []),
  ]);
  const writer = new AttributeWriter(encodeEndHeader(options));
  writeEnd(writer, options);
  writer.nested(IFLA.LINKINFO, (info) => {
    info.string(IFLA_INFO.KIND, 'veth');
    info.nested(IFLA_INFO.DATA, (data) =>
      data.nested(VETH_INFO_PEER, (end) => {
        end.append(encodeEndHeader(peer));
        writeEnd(end, peer);
      }),
    );
  });
  const action = `create veth pair ${quote(options.name)} and ${quote(peer.name)}`;
  return createRequest('RTM_NEWLINK', writer.finish(), action, NLM_F.CREATE | NLM_F.EXCL | NLM_F.ECHO);
}

function encodeEndHeader({ index }: VethEnd): Uint8Array {
  return encodeLinkHeader(index === undefined ? {} : { index });
}

function writeEnd(writer: AttributeWriter, end: VethEnd): void {
  writeSettings(writer, end);
  if (end.queues !== undefined) writer.u32(IFLA.NUM_TX_QUEUES, end.queues).u32(IFLA.NUM_RX_QUEUES, end.queues);
}

function findEndProblems(prefix: string, end: VethEnd): readonly string[] {
  return [
    ...(end.name === undefined ? [`${prefix}name must be given`] : []),
    ...findOptionalRangeProblems(`${prefix}index`, end.index, INDEX_RANGE),
    ...findOptionalRangeProblems(`${prefix}queues`, end.queues, QUEUES_RANGE),
    ...findSettingsProblems(prefix, end),
  ];
}
