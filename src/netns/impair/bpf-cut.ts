import { DropCounter, type DropSources, loadDropProgram } from '../../native/drop-program.js';
import { decodeFilter, encodeAddFilter, encodeDeleteFilter, encodeListFilters } from '../netlink/filters.js';
import { encodeCreateClsact } from '../netlink/qdiscs.js';
import type { Netns } from '../netns.js';
import type { Cut, CutDevice } from './partition.js';

interface Placed {
  readonly netns: Netns;
  readonly ifindex: number;
  readonly priority: number;
}

/** A cut by programs of eBPF at tc's ingress: the cost of a frame hardly grows with the hosts that are not heard. */
export class BpfCut implements Cut {
  readonly #counter: DropCounter;
  readonly #placed: Placed[] = [];

  /** @throws KernelError EPERM without CAP_BPF */
  constructor() {
    this.#counter = new DropCounter();
  }

  get dropped(): number {
    return this.#counter.read();
  }

  place(devices: readonly CutDevice[], sources: DropSources): void {
    using program = loadDropProgram(sources, this.#counter);
    for (const { netns, ifindex } of devices) {
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

  heal(): void {
    for (const { netns, ifindex, priority } of this.#placed.splice(0)) {
      if (netns.closed) continue;
      const request = encodeDeleteFilter({ ifindex, direction: 'ingress', priority });
      // The filters of an interface go with it, or with its clsact.
      for (const error of netns.netlink.attemptAll([request]).values())
        if (!['ENOENT', 'ENODEV', 'EINVAL'].includes(error.code)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#counter[Symbol.dispose]();
  }
}
