import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openTap } from '../../native/open-tap.js';
import type { LabHost } from '../../netns/lab/lab-host.js';
import type { PlannedInterface } from '../../netns/lab/plan/lab-plan.js';
import { encodeCreateBridge } from '../../netns/netlink/bridge.js';
import { decodeLink } from '../../netns/netlink/link.js';
import { encodeDeleteLink, encodeGetLink, encodeSetLink } from '../../netns/netlink/link-requests.js';

/**
 * An interface of a lab's host that a guest has: in the host's namespace it becomes a port of a bridge, whose other port
 * is a tap that QEMU reads. The guest has its MAC address, so that it takes another itself, or the bridge would keep the
 * frames; everything else of it stays, for what the lab does with it later.
 */
export class LabPort implements Disposable {
  readonly #host: LabHost;
  readonly #planned: PlannedInterface;
  /** QEMU's end. */
  readonly tap: FileDescriptor;
  #isClosed = false;

  /** @throws UnsupportedError without /dev/net/tun @throws KernelError EBUSY when another guest is there */
  constructor(host: LabHost, planned: PlannedInterface) {
    this.#host = host;
    this.#planned = planned;
    this.tap = host.run(() => openTap(this.#tapName));
    try {
      this.#connect();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get macAddress(): string {
    return this.#planned.macAddress;
  }

  get #tapName(): string {
    return `vmtap${this.#planned.ifindex}`;
  }

  get #bridgeName(): string {
    return `vmbr${this.#planned.ifindex}`;
  }

  #connect(): void {
    const { netlink, sysctl } = this.#host.netns;
    const { ifindex, macAddress, mtu } = this.#planned;
    const rest = macAddress.slice(2);
    netlink.request(
      encodeCreateBridge({
        name: this.#bridgeName,
        macAddress: `f2${rest}`,
        mtuBytes: mtu,
        forwardDelayMs: 0,
        multicastSnooping: false,
      }),
    );
    const [bridge, tap] = [this.#bridgeName, this.#tapName].map(
      (name) => decodeLink(netlink.requestOne(encodeGetLink({ name }))).index,
    );
    if (bridge === undefined || tap === undefined) throw new TypeError('two were asked for');
    for (const name of [this.#bridgeName, this.#tapName]) {
      // Else they would speak IPv6 on the link, as nobody whom the lab knows.
      const path = `net/ipv6/conf/${name}/disable_ipv6`;
      if (sysctl.list('net').some((each) => each.startsWith('net.ipv6.'))) sysctl.write(path, 1);
    }
    netlink.requestAll([
      encodeSetLink({ index: ifindex, macAddress: `f6${rest}`, masterIndex: bridge }),
      encodeSetLink({ index: tap, mtuBytes: mtu, masterIndex: bridge, isUp: true }),
      // Without ARP: it would answer for the host's addresses.
      encodeSetLink({ index: bridge, hasArp: false, isUp: true }),
    ]);
  }

  /** Gives the interface back to the host's namespace, if that is still there. Safe to call twice. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.tap.close();
    if (this.#host.netns.closed) return;
    const { ifindex, macAddress } = this.#planned;
    // What was not made, or has gone with the lab, is no mistake.
    try {
      this.#host.netns.netlink.attemptAll([
        encodeDeleteLink({ name: this.#bridgeName }),
        encodeSetLink({ index: ifindex, macAddress }),
      ]);
    } catch {
      // The lab is being closed.
    }
  }
}
