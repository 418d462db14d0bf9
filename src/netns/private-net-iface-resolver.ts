import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { DisposedError, quote, TimeoutError, UsageError } from '../core/errors.js';
import { errnoOf, KernelError } from '../core/kernel-error.js';
import type { NetInterface, TestInterfaceOptions, TestInterfaces } from '../kernel/interfaces.js';
import { decodeLink, decodeLinks, type LinkState } from './netlink/link.js';
import { encodeDeleteLink, encodeGetLink, encodeListLinks, encodeSetLink } from './netlink/link-requests.js';
import type { NetlinkRequest } from './netlink/message.js';
import { encodeCreateVeth, type VethEnd } from './netlink/veth.js';
import { Netns } from './netns.js';

/** IFF_LOOPBACK: include/uapi/linux/if.h. */
const FLAG_LOOPBACK = 0x8;
const LOOPBACK_INDEX = 1;
const CARRIER_TIMEOUT_MS = 5000;
const CARRIER_PAUSE_MS = 0.2;
/** net/core/dev.c, dev_valid_name; a `%` would be a pattern for the kernel to complete. */
const IMPOSSIBLE_IN_NAMES = /[\s/:%\0]/;

/** A namespace of devices, and the one where their peers are. */
interface Place {
  readonly netns: Netns;
  readonly peers: Netns;
  /** The highest index that a device has had: the kernel itself begins with the lowest that none has. */
  highestIndex: number;
}

/**
 * Real devices in network namespaces of its own, with the methods of `FakeNetIfaceResolver`: the same test can add and
 * remove devices on a fake kernel and on Linux. It begins with `lo` (1) and `eth0` (2). Every other device is one end of
 * a veth pair, whose peer, of the same index, lies in a namespace beside (`peers`). No name on the machine is touched:
 * paths of namespaces are known here alone (`resolveNetns`), and the kernel takes everything back when the process ends.
 * It tells of no addresses.
 */
export class PrivateNetIfaceResolver implements TestInterfaces, AsyncDisposable {
  readonly #home: Place;
  readonly #named = new Map<string, Place>();
  #disposed = false;

  /** @throws KernelError EPERM without CAP_SYS_ADMIN @throws UnsupportedError where there is no Linux */
  constructor() {
    this.#home = createPlace();
    try {
      this.add('eth0', { index: 2 });
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** Where the peers of the first namespace's devices are: what is sent there arrives here, and the other way round. */
  get peers(): Netns {
    return this.#home.peers;
  }

  /** The namespace of a path that was given to `addNetns`; the first one without. @throws KernelError ENOENT */
  netns(path?: string): Netns {
    return this.#find(path).netns;
  }

  /** A path that the kernel understands, for one that was given to `addNetns`; the first one's without. @throws KernelError ENOENT */
  resolveNetns(path?: string): string {
    return this.netns(path).path;
  }

  async interfaceByName(name: string, netns?: string): Promise<NetInterface> {
    if (typeof name !== 'string' || name === '')
      throw new UsageError('interfaceByName', `name must be a non-empty string, not ${quote(name)}`);
    return this.#read(this.#place(name, netns), `look up interface ${quote(name)}`, netns);
  }

  async interfaceByIndex(index: number, netns?: string): Promise<NetInterface> {
    if (typeof index !== 'number')
      throw new UsageError('interfaceByIndex', `index must be a number, not ${quote(index)}`);
    return this.#read({ index }, `look up interface ${quote(index)}`, netns);
  }

  async interfaces(netns?: string): Promise<readonly NetInterface[]> {
    const links = decodeLinks(this.netns(netns).netlink.dump(encodeListLinks()));
    return links.map(describe).sort((a, b) => a.index - b.index);
  }

  async netnsInode(netns?: string): Promise<number> {
    return this.netns(netns).inode;
  }

  /**
   * Adds a device: a veth, whose peer is up as well.
   *
   * @throws UsageError for an option that a real device cannot have
   * @throws KernelError EEXIST when the name or the index is taken, ENOENT when there is no such namespace, ERANGE for
   * a name that is too long
   */
  add(name: string, options: TestInterfaceOptions = {}): NetInterface {
    const subject = `PrivateNetIfaceResolver.add(${quote(name)})`;
    checkOptions(subject, options);
    const problems = findUnknownOptions(options, ['index', 'netns', 'mtu', 'up']);
    if (problems.length > 0) throw new UsageError(subject, problems);
    const place = this.#find(options.netns);
    const { index = place.highestIndex + 1, mtu = 1500, up = true } = options;
    const { netns, peers } = place;
    netns.netlink.request(encodePair(subject, { name, index, mtuBytes: mtu }, peers));
    try {
      place.highestIndex = Math.max(place.highestIndex, index);
      const link = this.#get({ name }, netns);
      const peer = this.#get({ name }, peers);
      if (up) {
        peers.netlink.request(encodeSetLink({ index: peer.index, isUp: true }));
        netns.netlink.request(encodeSetLink({ index: link.index, isUp: true }));
        waitForCarrier(peers, peer.index);
      }
      return describe(up ? this.#get({ name }, netns) : link);
    } catch (error) {
      netns.netlink.request(encodeDeleteLink({ name }));
      throw error;
    }
  }

  /** Removes a device, and its peer with it; returns when they are gone. @throws KernelError ENODEV, EOPNOTSUPP for `lo` */
  remove(name: string, netns?: string): void {
    this.netns(netns).netlink.request(encodeDeleteLink(this.#place(name, netns)));
  }

  /** @throws KernelError ENODEV */
  setUp(name: string, netns?: string): void {
    this.#set(name, netns, true);
  }

  /** @throws KernelError ENODEV */
  setDown(name: string, netns?: string): void {
    this.#set(name, netns, false);
  }

  /** Makes a namespace, with a `lo` that is down, and knows it by a path, which is not made on the machine. @throws KernelError EEXIST */
  addNetns(path: string): void {
    if (typeof path !== 'string' || !path.startsWith('/')) {
      const problem = `path must be absolute, such as "/run/netns/blue", not ${quote(path)}`;
      throw new UsageError('PrivateNetIfaceResolver.addNetns', problem);
    }
    if (this.#named.has(path))
      throw new KernelError('EEXIST', { syscall: 'mount', action: `make network namespace ${quote(path)}` });
    this.#named.set(path, createPlace());
  }

  /** Removes a namespace and every device in it; returns when they are gone. @throws KernelError ENOENT */
  removeNetns(path: string): void {
    const { netns, peers } = this.#find(path);
    // The kernel would remove them after the namespace, some time later.
    for (const { index } of decodeLinks(netns.netlink.dump(encodeListLinks()))) {
      if (index !== LOOPBACK_INDEX) netns.netlink.request(encodeDeleteLink({ index }));
    }
    this.#named.delete(path);
    netns.close();
    peers.close();
  }

  /** Removes every device and namespace. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    this.#disposed = true;
    for (const { netns, peers } of [this.#home, ...this.#named.values()]) {
      netns.close();
      peers.close();
    }
    this.#named.clear();
  }

  #find(path: string | undefined): Place {
    if (this.#disposed) throw new DisposedError('PrivateNetIfaceResolver', 'a look into its namespaces');
    if (path === undefined) return this.#home;
    const found = this.#named.get(path);
    if (found !== undefined) return found;
    throw new KernelError('ENOENT', { syscall: 'open', action: `open network namespace ${quote(path)}` });
  }

  #set(name: string, netns: string | undefined, isUp: boolean): void {
    const place = this.netns(netns);
    place.netlink.request(encodeSetLink({ index: this.#get({ name }, place).index, isUp }));
  }

  /** A name that no device can have is not asked for: to the codec it is a mistake, to a resolver a missing device. */
  #place(name: string, netns: string | undefined): { readonly name: string } {
    this.netns(netns);
    if (Buffer.byteLength(name) <= 15 && !IMPOSSIBLE_IN_NAMES.test(name)) return { name };
    throw new KernelError('ENODEV', { syscall: 'netlink(RTM_GETLINK)', action: `look up interface ${quote(name)}` });
  }

  #read(
    place: { readonly name: string } | { readonly index: number },
    action: string,
    netns: string | undefined,
  ): NetInterface {
    const isPossible = 'name' in place || (Number.isInteger(place.index) && place.index > 0);
    if (!isPossible) throw new KernelError('ENODEV', { syscall: 'netlink(RTM_GETLINK)', action });
    try {
      return describe(this.#get(place, this.netns(netns)));
    } catch (error) {
      if (errnoOf(error) !== 'ENODEV') throw error;
      throw new KernelError('ENODEV', { syscall: 'netlink(RTM_GETLINK)', action, cause: error });
    }
  }

  #get(place: { readonly name: string } | { readonly index: number }, netns: Netns): LinkState {
    return decodeLink(netns.netlink.requestOne(encodeGetLink(place)));
  }
}

/** A veth with a peer that is like it. @throws UsageError in the words of `add` */
function encodePair(subject: string, end: VethEnd, peers: Netns): NetlinkRequest {
  try {
    return encodeCreateVeth({ ...end, peer: { ...end, netnsFd: peers.fd } });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const own = error.problems.filter((problem) => !problem.startsWith('peer.'));
    throw new UsageError(
      subject,
      own.map((problem) => problem.replace(/^mtuBytes /, 'mtu ')),
      { cause: error },
    );
  }
}

/**
 * Waits until the end that was set up first passes frames. It had no carrier then, and is switched to its queue by a work
 * of the kernel's (net/core/link_watch.c, linkwatch_do_dev): up to then, what is sent there is dropped without a word.
 *
 * @throws TimeoutError
 */
function waitForCarrier({ netlink }: Netns, index: number): void {
  const deadlineMs = performance.now() + CARRIER_TIMEOUT_MS;
  const read = (): LinkState => decodeLink(netlink.requestOne(encodeGetLink({ index })));
  for (let link = read(); link.operationalState !== 'up'; link = read()) {
    if (performance.now() > deadlineMs) {
      const state = `${quote(link.name)} is still ${quote(link.operationalState)} after ${CARRIER_TIMEOUT_MS} ms`;
      throw new TimeoutError(`a new interface does not come up: its peer ${state}`, CARRIER_TIMEOUT_MS);
    }
    // The work may need this very processor.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CARRIER_PAUSE_MS);
  }
}

function createPlace(): Place {
  const netns = Netns.create();
  try {
    return { netns, peers: Netns.create(), highestIndex: LOOPBACK_INDEX };
  } catch (error) {
    netns.close();
    throw error;
  }
}

function describe(link: LinkState): NetInterface {
  return {
    name: link.name,
    index: link.index,
    mtu: link.mtuBytes ?? 0,
    up: link.isUp,
    loopback: (link.flags & FLAG_LOOPBACK) !== 0,
    addresses: [],
  };
}
