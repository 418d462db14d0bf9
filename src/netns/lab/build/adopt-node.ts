import { errnoOf } from '../../../core/kernel-error.js';
import { runInNetns } from '../../../native/netns.js';
import { decodeAddresses } from '../../netlink/address.js';
import { encodeListAddresses, encodeRemoveAddress } from '../../netlink/address-requests.js';
import { decodeLink } from '../../netlink/link.js';
import { encodeDeleteLink, encodeGetLink, encodeSetLink } from '../../netlink/link-requests.js';
import type { NetlinkRequest } from '../../netlink/message.js';
import { encodeRemoveRoute } from '../../netlink/route-requests.js';
import type { Netns, NetnsOptions } from '../../netns.js';
import { Sysctl } from '../../proc/sysctl.js';
import type { PlannedNode } from '../plan/lab-plan.js';
import { type NetnsPlace, openPlace } from './survey-namespaces.js';

const LOOPBACK_INDEX = 1;

/**
 * Opens a namespace that exists, for a node of a lab, and writes the settings that come before its links. What the lab
 * puts there is taken back when the handle is closed, after all else that was made through it.
 *
 * @throws KernelError
 */
export function adoptNode(node: PlannedNode, place: NetnsPlace, options: NetnsOptions): Netns {
  const netns = openPlace(place, options);
  try {
    const adoption = new Adoption(node, netns);
    let resolveEnded = (): void => {};
    const ended = new Promise<void>((resolve) => {
      resolveEnded = resolve;
    });
    const stop = (): void => {
      resolveEnded();
      adoption.takeBack();
    };
    netns.lend('adopt()').belongings.add({ label: `what the lab put into ${node.name}`, stop, ended });
    adoption.writeSysctls();
    return netns;
  } catch (error) {
    netns.close();
    throw error;
  }
}

/** What a lab changes in a namespace that is not its own. */
class Adoption {
  readonly #node: PlannedNode;
  readonly #netlink: Netns['netlink'];
  readonly #sysctl: Sysctl;
  readonly #before: readonly string[];
  readonly #wasLoopbackUp: boolean;
  readonly #changed: { readonly path: string; readonly value: string }[] = [];
  #isOver = false;

  constructor(node: PlannedNode, netns: Netns) {
    this.#node = node;
    // Both have to work while the handle is being closed.
    this.#netlink = netns.netlink;
    const { fd } = netns;
    this.#sysctl = new Sysctl({ run: (run) => runInNetns(fd, run) });
    this.#wasLoopbackUp = decodeLink(this.#netlink.requestOne(encodeGetLink({ index: LOOPBACK_INDEX }))).isUp;
    this.#before = this.#listLoopback().map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  }

  writeSysctls(): void {
    for (const { path, value, when } of this.#node.sysctls) {
      if (when !== 'before-links') continue;
      const name = `net/${path}`;
      const old = this.#sysctl.read(name);
      if (old === value) continue;
      this.#sysctl.write(name, value);
      this.#changed.push({ path, value: old });
    }
  }

  /** Past every failure. @throws AggregateError */
  takeBack(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const failures: unknown[] = [];
    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        failures.push(error);
      }
    };
    attempt(() => this.#deleteInterfaces());
    attempt(() => this.#clearLoopback());
    for (const { path, value } of this.#changed.splice(0).reverse()) {
      attempt(() => this.#sysctl.write(`net/${path}`, value));
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `the namespace of ${this.#node.name} is not as it was found`);
  }

  /** Addresses and routes go with them. Those of the lab are known by their numbers and MAC addresses. */
  #deleteInterfaces(): void {
    for (const { ifindex, macAddress } of this.#node.interfaces) {
      try {
        const present = decodeLink(this.#netlink.requestOne(encodeGetLink({ index: ifindex })));
        if (present.macAddress === macAddress) this.#netlink.request(encodeDeleteLink({ index: ifindex }));
      } catch (error) {
        // It was not made yet, or went with its other end or with what it stood on.
        if (errnoOf(error) !== 'ENODEV') throw error;
      }
    }
  }

  #clearLoopback(): void {
    const requests: NetlinkRequest[] = this.#node.routes
      .filter((route) => route.interface === 'lo')
      .map(({ to, metric }) =>
        encodeRemoveRoute({ destination: to, ifindex: LOOPBACK_INDEX, ...(metric === undefined ? {} : { metric }) }),
      );
    for (const { address, prefixLength } of this.#listLoopback()) {
      const text = `${address}/${prefixLength}`;
      const isOurs = this.#node.loopback.some((each) => `${each.address}/${each.prefixLength}` === text);
      // Its own addresses came when the lab set it up.
      if (!this.#before.includes(text) && (isOurs || !this.#wasLoopbackUp))
        requests.push(encodeRemoveAddress({ ifindex: LOOPBACK_INDEX, address, prefixLength }));
    }
    if (!this.#wasLoopbackUp) requests.push(encodeSetLink({ index: LOOPBACK_INDEX, isUp: false }));
    for (const error of this.#netlink.attemptAll(requests).values()) {
      // Addresses of IPv6 go when the loopback goes down; a build that failed has not added all.
      if (error.code !== 'ESRCH' && error.code !== 'EADDRNOTAVAIL') throw error;
    }
  }

  #listLoopback() {
    const all = decodeAddresses(this.#netlink.dump(encodeListAddresses()));
    return all.filter(({ ifindex }) => ifindex === LOOPBACK_INDEX);
  }
}
