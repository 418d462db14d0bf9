import { UsageError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { bindPacketSocket, createPacketSocket } from '../../native/open-packet-socket.js';
import { closeTogether, ignoreOutgoing, type PacketRingSize, setUpPacketRing } from '../../native/packet-ring.js';
import type { LabLink, LabLinkEnd } from '../lab/lab-link.js';
import { compilePacketFilter } from '../packet-filter/compile.js';
import type { CaptureSettings } from './capture-options.js';
import type { CapturePort } from './captured-frame.js';

/** Room for the largest frame that a veth passes on, 64 KiB, with what the kernel writes about it. */
const BLOCK_BYTES = 128 * 1024;
/** Room for a frame of the MTU that most links have; longer ones are cut where no more memory is left for each port. */
const LEAST_BLOCK_BYTES = 8 * 1024;
const FEWEST_BLOCKS = 4;
/** Above this many ports, the kernel's timers would cost more than the frames. */
const MANY_PORTS = 32;

/** An end of a link that is captured, and the link. */
export interface CaptureEnd {
  readonly port: CapturePort;
  readonly end: LabLinkEnd;
  readonly link: LabLink;
}

/** The ends of some links, each interface once: a macvlan's second end is that of another link. */
export function listEnds(links: readonly LabLink[]): readonly CaptureEnd[] {
  const all = links.flatMap((link) =>
    link.ends.map((end) => ({ port: { link: link.name, node: end.node, interface: end.interface.name }, end, link })),
  );
  const isSame = (a: CapturePort, b: CapturePort): boolean => a.node === b.node && a.interface === b.interface;
  return all.filter(({ port }, index) => all.findIndex((other) => isSame(other.port, port)) === index);
}

/**
 * How large the rings of so many ports are. Where the budget has no room for large blocks, they are smaller; a longer frame
 * is cut there, and its `length` tells.
 *
 * @throws UsageError for more ports than the budget has room for
 */
export function chooseRingSize(ports: number, { total, most }: RingBudget): PacketRingSize {
  const share = Math.min(most, total / Math.max(1, ports));
  let blockBytes = BLOCK_BYTES;
  while (blockBytes > LEAST_BLOCK_BYTES && share < FEWEST_BLOCKS * blockBytes) blockBytes /= 2;
  if (share < FEWEST_BLOCKS * blockBytes) {
    const room = Math.floor(total / (FEWEST_BLOCKS * blockBytes));
    throw new UsageError(
      'lab.capture',
      `${ports} interfaces are more than the ${room} that the kernel's memory for it has room for; name fewer links: { links: [...] }`,
    );
  }
  return {
    blockBytes,
    blockCount: Math.floor(share / blockBytes),
    retireMs: ports > MANY_PORTS ? 40 : 8,
  };
}

/** Memory of the kernel for rings, in bytes: of all ports, and of one. */
export interface RingBudget {
  readonly total: number;
  readonly most: number;
}

/** A socket at each end, which sees frames from then on. @throws KernelError EPERM without CAP_NET_RAW, ENOMEM */
export async function openPorts(
  ends: readonly CaptureEnd[],
  settings: CaptureSettings,
  ring: PacketRingSize,
): Promise<readonly FileDescriptor[]> {
  const { filter, sides, snapLength } = settings;
  const program = compilePacketFilter(filter, {
    ...(sides === 'both' ? {} : { direction: sides === 'received' ? 'in' : 'out' }),
    ...(snapLength === undefined ? {} : { snapLength }),
  });
  const open: FileDescriptor[] = [];
  try {
    for (const { end } of ends) {
      const socket = end.netns.run(() => createPacketSocket(program));
      open.push(socket);
      if (sides === 'received') ignoreOutgoing(socket.number);
    }
    const failed = (await Promise.allSettled(open.map(({ number }) => setUpPacketRing(number, ring)))).find(
      ({ status }) => status === 'rejected',
    );
    if (failed?.status === 'rejected') throw failed.reason;
    for (const [index, { number }] of open.entries())
      bindPacketSocket(number, (ends[index] as CaptureEnd).end.interface.ifindex);
    return open;
  } catch (error) {
    await closeTogether(open);
    throw error;
  }
}
