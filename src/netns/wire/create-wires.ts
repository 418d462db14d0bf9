import { randomSeed } from '../../core/random.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPacketWire, switchOffOffloads } from '../../native/packet-wire.js';
import type { LabPlan, PlannedInterface, PlannedNode } from '../lab/plan/lab-plan.js';
import { createWireEnd } from '../lab/plan/lab-requests.js';
import { encodeSetLink } from '../netlink/link-requests.js';
import type { Netns } from '../netns.js';
import { createSilentNetns } from './silent-netns.js';
import { type WireSpec, WireSwitch } from './wire-switch.js';

/**
 * The index of the first inner end. Were it that of its outer end, Linux would take the veth for a device that stands
 * alone, and tell of its carrier a second late (net/core/link_watch.c, linkwatch_urgent_event).
 */
const FIRST_INDEX = 1_000_000;

interface WireEnd {
  readonly netns: Netns;
  readonly interface: PlannedInterface;
  /** Of its inner end. */
  readonly index: number;
}

/** Wires that are there, and carry nothing yet. */
export interface CreatedWires {
  start(): WireSwitch;
  /** Instead of `start`. */
  close(): void;
}

/**
 * Creates both ends of every wire of a plan, each a veth whose inner end is in a namespace for wires alone, where no
 * protocol adds a frame of its own.
 */
export function createWires(
  plan: LabPlan,
  nodes: readonly { readonly plan: PlannedNode; readonly netns: Netns }[],
): CreatedWires | undefined {
  const links = plan.links.filter(({ wire }) => wire);
  if (links.length === 0) return undefined;
  const find = (name: string, interfaceName: string, index: number): WireEnd => {
    const node = nodes.find((each) => each.plan.name === name);
    const found = node?.plan.interfaces.find((each) => each.name === interfaceName);
    if (node === undefined || found === undefined)
      throw new TypeError(`the plan has no interface ${interfaceName} on ${name}`);
    return { netns: node.netns, interface: found, index };
  };
  const wires = links.map(({ ends: [a, b], mtu }, wire) => ({
    mtu,
    ends: [
      find(a.node, a.interface, FIRST_INDEX + 2 * wire),
      find(b.node, b.interface, FIRST_INDEX + 2 * wire + 1),
    ] as const,
  }));
  const inner = createSilentNetns();
  try {
    for (const end of wires.flatMap(({ ends }) => ends)) createEnd(end, inner);
  } catch (error) {
    inner.close();
    throw error;
  }
  return { start: () => start(wires, inner), close: () => inner.close() };
}

function createEnd({ netns, interface: outer, index }: WireEnd, inner: Netns): void {
  netns.netlink.request(createWireEnd(outer, { name: `wire${index}`, index, netnsFd: inner.fd }));
  netns.run(() => switchOffOffloads(outer.name));
  inner.netlink.request(encodeSetLink({ index, isUp: true }));
}

function start(
  wires: readonly { readonly mtu: number; readonly ends: readonly [WireEnd, WireEnd] }[],
  inner: Netns,
): WireSwitch {
  const opened: FileDescriptor[] = [];
  const open = ({ index }: WireEnd): FileDescriptor => {
    const socket = inner.run(() => openPacketWire(index));
    opened.push(socket);
    return socket;
  };
  try {
    const specs = wires.map(
      ({ mtu, ends: [a, b] }): WireSpec => ({
        sockets: [open(a), open(b)],
        mtu,
        seed: randomSeed(),
      }),
    );
    return new WireSwitch(specs, inner);
  } catch (error) {
    for (const socket of opened) socket.close();
    inner.close();
    throw error;
  }
}
