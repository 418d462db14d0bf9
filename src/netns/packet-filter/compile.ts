import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { ANCILLARY, assembleClassicBpf, OP, type Statement } from './classic-bpf.js';
import { ETHER_TYPE, type FilterTerms, readFilterTerms } from './filter-terms.js';
import { checkArp, checkIpv4, checkIpv6, skipVlanTags } from './header-checks.js';
import type { PacketFilter } from './packet-filter.js';

/** include/uapi/linux/if_packet.h */
const PACKET_OUTGOING = 4;
const WHOLE_FRAME = 0xffff_ffff;
/** What else a program decides. */
export interface CompileOptions {
  /** Only frames that come in at the interface, or only those that leave by it. @defaultValue both */
  readonly direction?: 'in' | 'out';
  /** How many bytes of a frame are kept. @defaultValue whole frames */
  readonly snapLength?: number;
}

/**
 * The filter as a program of classic BPF for a packet socket of type SOCK_RAW, whose frames begin with the Ethernet
 * header: `struct sock_filter[]`, for SO_ATTACH_FILTER. The kernel takes the outer VLAN tag of a frame out of it before
 * a program sees it; the program knows.
 *
 * @throws UsageError with every mistake
 */
export function compilePacketFilter(filter: PacketFilter, options: CompileOptions = {}): Uint8Array {
  const terms = readFilterTerms(filter);
  const { direction, snapLength } = readCompileOptions(options);
  return assembleClassicBpf([
    ...checkDirection(direction),
    ...(terms.isEmpty ? [] : checkFrame(terms)),
    { label: 'accept' },
    { op: OP.return, k: snapLength },
    { label: 'reject' },
    { op: OP.return, k: 0 },
  ]);
}

function readCompileOptions(options: CompileOptions) {
  checkOptions('compilePacketFilter', options);
  const { direction, snapLength = WHOLE_FRAME } = options;
  const mistakes = [...findUnknownOptions(options, ['direction', 'snapLength'])];
  if (direction !== undefined && direction !== 'in' && direction !== 'out')
    mistakes.push(`direction must be "in" or "out"; received ${quote(direction)}`);
  if (!(Number.isInteger(snapLength) && snapLength >= 1 && snapLength <= WHOLE_FRAME))
    mistakes.push(`snapLength must be a whole number from 1; received ${quote(snapLength)}`);
  if (mistakes.length > 0) throw new UsageError('compilePacketFilter', mistakes);
  return { direction, snapLength };
}

function checkDirection(direction: CompileOptions['direction']): readonly Statement[] {
  if (direction === undefined) return [];
  const load: Statement = { op: OP.loadByte, k: ANCILLARY.packetType };
  return direction === 'in'
    ? [load, { op: OP.jumpEqual, k: PACKET_OUTGOING, yes: 'reject' }]
    : [load, { op: OP.jumpEqual, k: PACKET_OUTGOING, no: 'reject' }];
}

/** X is how far the frame is shifted by what was looked past: what is at 14 of a plain frame is at X + 14. */
function checkFrame(terms: FilterTerms): readonly Statement[] {
  const { kinds } = terms;
  const kindJumps = (['ipv4', 'ipv6', 'arp'] as const)
    .filter((kind) => kinds[kind])
    .map((kind): Statement => ({ op: OP.jumpEqual, k: ETHER_TYPE[kind], yes: kind }));
  return [
    ...skipVlanTags(),
    { op: OP.loadHalfAtX, k: 12 },
    ...kindJumps,
    { op: OP.jump, to: 'reject' },
    ...(kinds.arp ? checkArp(terms) : []),
    ...(kinds.ipv4 ? checkIpv4(terms) : []),
    ...(kinds.ipv6 ? checkIpv6(terms) : []),
  ];
}
