import { errnoOf } from '../../core/kernel-error.js';
import type { DropSources } from '../../native/drop-program.js';
import type { PlannedNode } from '../lab/plan/lab-plan.js';
import { parseIpAddress } from '../netlink/ip-address.js';
import { parseMacAddress } from '../netlink/mac-address.js';
import type { Netns } from '../netns.js';
import { BpfCut } from './bpf-cut.js';
import { NftCut } from './nft-cut.js';

/** A host that drops, or whose frames are dropped. */
export interface PartitionNode {
  readonly plan: PlannedNode;
  readonly netns: Netns;
}

/** Where frames are dropped as they come in. */
export interface CutDevice {
  readonly netns: Netns;
  readonly device: string;
  readonly ifindex: number;
  /** Whether the namespace outlives this process. @defaultValue false */
  readonly isLasting?: boolean;
}

/** How frames are dropped: what was placed stands until it is healed. */
export interface Cut extends Disposable {
  /** How many frames were dropped. */
  readonly dropped: number;
  place(devices: readonly CutDevice[], sources: DropSources): void;
  heal(): void;
}

/** The ways to cut, the best first; one that is not allowed is passed over for the next. */
const WAYS: readonly (() => Cut)[] = [() => new BpfCut(), () => new NftCut()];

/** A network that is cut: frames of some hosts are dropped where others receive them, and no sender is told. */
export class Partition implements Disposable {
  /** Who is not heard: the names of the senders, by the name of the one that drops what they send. */
  readonly unheard: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #cut: Cut;
  #dropped: number | undefined;

  /** @internal Use `lab.partition`. */
  constructor(
    deaf: ReadonlyMap<string, ReadonlySet<string>>,
    nodes: ReadonlyMap<string, PartitionNode>,
    ways: readonly (() => Cut)[] = WAYS,
  ) {
    this.unheard = deaf;
    this.#cut = cutBy(ways, (cut) => {
      for (const [name, sources] of deaf) {
        const node = nodes.get(name);
        const unheard = [...sources].flatMap((source) => nodes.get(source) ?? []);
        // Who has no interface hears nobody, and is heard by nobody.
        const devices = node === undefined ? [] : listDevices(node);
        const senders = unheard.filter(({ plan }) => plan.interfaces.length > 0);
        if (devices.length > 0 && senders.length > 0) cut.place(devices, listSources(senders));
      }
    });
  }

  /** How many frames were dropped; once healed, how many there were. */
  get dropped(): number {
    return this.#dropped ?? this.#cut.dropped;
  }

  /** Whether it is over. */
  get isHealed(): boolean {
    return this.#dropped !== undefined;
  }

  /** Lets everything through again that this partition dropped. Safe to call twice. */
  heal(): void {
    if (this.#dropped !== undefined) return;
    this.#cut.heal();
    this.#dropped = this.#cut.dropped;
    this.#cut[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.heal();
  }
}

function cutBy([way, ...others]: readonly (() => Cut)[], place: (cut: Cut) => void): Cut {
  if (way === undefined) throw new TypeError('there is no way to cut');
  let cut: Cut | undefined;
  try {
    cut = way();
    place(cut);
    return cut;
  } catch (error) {
    cut?.heal();
    cut?.[Symbol.dispose]();
    if (errnoOf(error) === 'EPERM' && others.length > 0) return cutBy(others, place);
    throw error;
  }
}

function listDevices({ netns, plan }: PartitionNode): readonly CutDevice[] {
  return plan.interfaces.map(({ name, ifindex }) => ({
    netns,
    device: name,
    ifindex,
    isLasting: plan.netns !== undefined,
  }));
}

function listSources(unheard: readonly PartitionNode[]): DropSources {
  const interfaces = unheard.flatMap(({ plan }) => plan.interfaces);
  const addresses = [...interfaces, ...unheard.map(({ plan }) => ({ addresses: plan.loopback }))]
    .flatMap((each) => each.addresses)
    .map(({ address }) => parseIpAddress(address))
    // 127.0.0.1 and ::1 are everybody's.
    .filter((bytes) => !isLoopback(bytes));
  return { macAddresses: interfaces.map(({ macAddress }) => parseMacAddress(macAddress)), ipAddresses: addresses };
}

function isLoopback(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}
