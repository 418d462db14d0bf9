import { DropCounter, loadDropProgram } from '../../native/drop-program.js';
import type { PlannedNode } from '../lab/lab-plan.js';
import { decodeFilter, encodeAddFilter, encodeDeleteFilter, encodeListFilters } from '../netlink/filters.js';
import { parseIpAddress } from '../netlink/ip-address.js';
import { parseMacAddress } from '../netlink/mac-address.js';
import { encodeCreateClsact } from '../netlink/qdiscs.js';
import type { Netns } from '../netns.js';

/** A host that drops, or whose frames are dropped. */
export interface PartitionNode {
  readonly plan: PlannedNode;
  readonly netns: Netns;
}

interface Placed {
  readonly netns: Netns;
  readonly ifindex: number;
  readonly priority: number;
}

/** A network that is cut: frames of some hosts are dropped where others receive them, and no sender is told. */
export class Partition implements Disposable {
  /** Who is not heard: the names of the senders, by the name of the one that drops what they send. */
  readonly unheard: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #counter = new DropCounter();
  readonly #placed: Placed[] = [];
  #dropped: number | undefined;

  /** @internal Use `lab.partition`. */
  constructor(deaf: ReadonlyMap<string, ReadonlySet<string>>, nodes: ReadonlyMap<string, PartitionNode>) {
    this.unheard = deaf;
    try {
      for (const [name, sources] of deaf) {
        const node = nodes.get(name);
        const unheard = [...sources].flatMap((source) => nodes.get(source) ?? []);
        if (node !== undefined && unheard.length > 0) this.#place(node, unheard);
      }
    } catch (error) {
      this.heal();
      throw error;
    }
  }

  /** How many frames were dropped; once healed, how many there were. */
  get dropped(): number {
    return this.#dropped ?? this.#counter.read();
  }

  /** Whether it is over. */
  get isHealed(): boolean {
    return this.#dropped !== undefined;
  }

  /** Lets everything through again that this partition dropped. Safe to call twice. */
  heal(): void {
    if (this.#dropped !== undefined) return;
    for (const { netns, ifindex, priority } of this.#placed.splice(0)) {
      if (netns.closed) continue;
      const request = encodeDeleteFilter({ ifindex, direction: 'ingress', priority });
      // The filters of an interface go with it, or with its clsact.
      for (const error of netns.netlink.attemptAll([request]).values())
        if (!['ENOENT', 'ENODEV', 'EINVAL'].includes(error.code)) throw error;
    }
    this.#dropped = this.#counter.read();
    this.#counter[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.heal();
  }

  #place({ netns, plan }: PartitionNode, unheard: readonly PartitionNode[]): void {
    const interfaces = unheard.flatMap((source) => source.plan.interfaces);
    const addresses = [...interfaces, ...unheard.map((source) => ({ addresses: source.plan.loopback }))]
      .flatMap((each) => each.addresses)
      .map(({ address }) => parseIpAddress(address))
      // 127.0.0.1 and ::1 are everybody's.
      .filter((bytes) => !isLoopback(bytes));
    using program = loadDropProgram(
      { macAddresses: interfaces.map(({ macAddress }) => parseMacAddress(macAddress)), ipAddresses: addresses },
      this.#counter,
    );
    for (const { ifindex } of plan.interfaces) {
      const hook = { ifindex, direction: 'ingress' } as const;
      netns.netlink.attemptAll([encodeCreateClsact({ ifindex })]);
      const taken = new Set(netns.netlink.dump(encodeListFilters(hook)).map((each) => decodeFilter(each).priority));
      // As early as can be: a filter before might let a frame pass.
      let priority = 1;
      while (taken.has(priority)) priority += 1;
      netns.netlink.request(
        encodeAddFilter({ ...hook, programFd: program.number, priority, name: 'glovebox partition' }),
      );
      this.#placed.push({ netns, ifindex, priority });
    }
  }
}

function isLoopback(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}
