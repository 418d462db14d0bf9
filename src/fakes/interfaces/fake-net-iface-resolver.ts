import { checkOptions } from '../../core/check-options.js';
import type { ErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import type { InterfaceAddress, NetInterface, TestInterfaceOptions, TestInterfaces } from '../../kernel/interfaces.js';
import { findAddressProblems, findNameProblem, rejectProblems } from './checks.js';
import { FakeDevice } from './fake-device.js';
import { createLoopback, FakeNetns } from './fake-netns.js';

/** The inode of a machine's first network namespace, as most kernels number it. */
const ROOT_INODE = 4_026_531_840;
/** Namespaces made later are numbered from here on. */
const FIRST_OTHER_INODE = 4_026_532_000;

/** How an interface of a {@link FakeNetIfaceResolver} is to be. */
export interface FakeInterfaceOptions extends TestInterfaceOptions {
  /** @defaultValue false */
  readonly loopback?: boolean;
  /** @defaultValue [] */
  readonly addresses?: readonly InterfaceAddress[];
  /** Whether the driver runs XDP itself; without, only generic XDP works. @defaultValue true */
  readonly nativeXdp?: boolean;
}

/**
 * A table of network interfaces that a test fills, in place of the machine's. It begins with `lo` (index 1) and `eth0`
 * (index 2, 192.0.2.2/24). A {@link FakeKernel} that is given it attaches to these devices, and lets go of them when
 * they are removed, as Linux does.
 *
 * @example
 * ```ts
 * const interfaces = new FakeNetIfaceResolver();
 * interfaces.add('veth0', { addresses: [{ address: '10.0.0.1', prefixLength: 24, family: 4 }] });
 * (await interfaces.interfaceByName('veth0')).index; // 3
 * ```
 */
export class FakeNetIfaceResolver implements TestInterfaces {
  #root = createRoot();
  readonly #named = new Map<string, FakeNetns>();
  readonly #listeners = new Set<(device: FakeDevice) => void>();
  #nextInode = FIRST_OTHER_INODE;

  async interfaceByName(name: string, netns?: string): Promise<NetInterface> {
    return this.#find(name, netns, 'look up').describe();
  }

  async interfaceByIndex(index: number, netns?: string): Promise<NetInterface> {
    if (typeof index !== 'number')
      throw new UsageError('interfaceByIndex', `index must be a number, not ${quote(index)}`);
    const device = this.findDevice(index, netns);
    if (device === undefined) throw refuse('ENODEV', 'netlink(RTM_GETLINK)', `look up interface ${quote(index)}`);
    return device.describe();
  }

  async interfaces(netns?: string): Promise<readonly NetInterface[]> {
    return this.#netns(netns)
      .devices()
      .map((device) => device.describe());
  }

  async netnsInode(netns?: string): Promise<number> {
    return this.#netns(netns).inode;
  }

  /**
   * Adds an interface.
   *
   * @throws UsageError for a name, index, MTU or address that Linux has no place for.
   * @throws KernelError EEXIST when the name or the index is taken, ENOENT when there is no such namespace.
   */
  add(name: string, options: FakeInterfaceOptions = {}): NetInterface {
    const subject = `FakeNetIfaceResolver.add(${quote(name)})`;
    checkOptions(subject, options);
    const { index, mtu = 1500, up = true, loopback = false, addresses = [], nativeXdp = true } = options;
    rejectProblems(subject, [
      findNameProblem('name', name),
      isCount(index ?? 1, 2 ** 31 - 1)
        ? undefined
        : `index must be a whole number from 1 to 2147483647, not ${quote(index)}`,
      isCount(mtu, 2 ** 31 - 1) ? undefined : `mtu must be a whole number of bytes from 1, not ${quote(mtu)}`,
      ...Object.entries({ up, loopback, nativeXdp }).map(([field, value]) =>
        typeof value === 'boolean' ? undefined : `${field} must be true or false, not ${quote(value)}`,
      ),
      ...(Array.isArray(addresses)
        ? addresses.flatMap(findAddressProblems)
        : [`addresses must be a list, not ${quote(addresses)}`]),
    ]);
    const netns = this.#netns(options.netns);
    const chosen = index ?? netns.nextIndex();
    if (netns.byName(name) !== undefined || netns.byIndex(chosen) !== undefined) {
      throw refuse('EEXIST', 'netlink(RTM_NEWLINK)', `add interface ${quote(name)} with index ${chosen}`);
    }
    const device = new FakeDevice(netns.inode, {
      name,
      index: chosen,
      mtu,
      up,
      loopback,
      addresses: [...addresses],
      nativeXdp,
    });
    netns.add(device);
    return device.describe();
  }

  /**
   * Removes an interface; a kernel on this table detaches what was on it.
   *
   * @throws KernelError ENODEV when there is none of that name, EOPNOTSUPP for `lo`.
   */
  remove(name: string, netns?: string): void {
    const device = this.#find(name, netns, 'remove');
    // net/core/rtnetlink.c, rtnl_delete_link: the loopback device has no operation to delete it.
    if (device.name === 'lo' && device.loopback) {
      throw refuse('EOPNOTSUPP', 'netlink(RTM_DELLINK)', 'remove interface "lo"');
    }
    this.#drop(this.#netns(netns), device);
  }

  /** @throws KernelError ENODEV, or EEXIST when the new name is taken. */
  rename(name: string, to: string, netns?: string): void {
    rejectProblems(`FakeNetIfaceResolver.rename(${quote(name)})`, [findNameProblem('to', to)]);
    const device = this.#find(name, netns, 'rename');
    const place = this.#netns(netns);
    if (to !== name && place.byName(to) !== undefined) {
      throw refuse('EEXIST', 'netlink(RTM_SETLINK)', `rename interface ${quote(name)} to ${quote(to)}`);
    }
    place.rename(device, to);
  }

  /** @throws KernelError ENODEV */
  setUp(name: string, netns?: string): void {
    this.#find(name, netns, 'set up').up = true;
  }

  /** @throws KernelError ENODEV */
  setDown(name: string, netns?: string): void {
    this.#find(name, netns, 'set down').up = false;
  }

  /**
   * @throws KernelError ENODEV, or EEXIST when the interface has that address with that prefix.
   * @throws UsageError for an address that is none.
   */
  addAddress(name: string, address: InterfaceAddress, netns?: string): void {
    rejectProblems(`FakeNetIfaceResolver.addAddress(${quote(name)})`, findAddressProblems(address));
    const device = this.#find(name, netns, 'add an address to');
    const isThere = device.addresses.some(
      (other) => other.address === address.address && other.prefixLength === address.prefixLength,
    );
    if (isThere)
      throw refuse(
        'EEXIST',
        'netlink(RTM_NEWADDR)',
        `add ${address.address}/${address.prefixLength} to ${quote(name)}`,
      );
    device.addresses = [...device.addresses, { ...address }];
  }

  /** @throws KernelError ENODEV, or EADDRNOTAVAIL when the interface has no such address. */
  removeAddress(name: string, address: string, netns?: string): void {
    const device = this.#find(name, netns, 'remove an address of');
    const rest = device.addresses.filter((other) => other.address !== address);
    if (rest.length === device.addresses.length) {
      throw refuse('EADDRNOTAVAIL', 'netlink(RTM_DELADDR)', `remove ${quote(address)} from ${quote(name)}`);
    }
    device.addresses = rest;
  }

  /**
   * Makes a network namespace at a path, with a `lo` that is down.
   *
   * @throws UsageError for a path that is not absolute. @throws KernelError EEXIST when the path is taken.
   */
  addNetns(path: string): void {
    if (typeof path !== 'string' || !path.startsWith('/')) {
      throw new UsageError(
        'FakeNetIfaceResolver.addNetns',
        `path must be absolute, such as "/run/netns/blue", not ${quote(path)}`,
      );
    }
    if (this.#named.has(path)) throw refuse('EEXIST', 'mount', `make network namespace ${quote(path)}`);
    const netns = new FakeNetns(this.#nextInode);
    this.#nextInode += 1;
    netns.add(createLoopback(netns.inode));
    this.#named.set(path, netns);
  }

  /** Removes a network namespace and every interface in it. @throws KernelError ENOENT */
  removeNetns(path: string): void {
    const netns = this.#named.get(path);
    if (netns === undefined) throw missingNetns(path);
    this.#named.delete(path);
    this.#dropAll(netns);
  }

  /** Calls the listener with each device that goes, after it went. Returns how to stop that. */
  onRemove(listener: (device: FakeDevice) => void): () => void {
    if (typeof listener !== 'function') {
      throw new UsageError('FakeNetIfaceResolver.onRemove', `listener must be a function, not ${quote(listener)}`);
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The device of an index, at once. @throws KernelError ENOENT when there is no such namespace. */
  findDevice(index: number, netns?: string): FakeDevice | undefined {
    return this.#netns(netns).byIndex(index);
  }

  /** Everything as it was at first: all else is removed, and what was attached to it with it. */
  reset(): void {
    for (const path of [...this.#named.keys()]) this.removeNetns(path);
    const old = this.#root;
    this.#root = createRoot();
    this.#nextInode = FIRST_OTHER_INODE;
    this.#dropAll(old);
  }

  #netns(path: string | undefined): FakeNetns {
    if (path === undefined) return this.#root;
    const netns = this.#named.get(path);
    if (netns !== undefined) return netns;
    if (typeof path === 'string' && path !== '') throw missingNetns(path);
    throw new UsageError('FakeNetIfaceResolver', `netns must be the path of a network namespace, not ${quote(path)}`);
  }

  #find(name: string, netns: string | undefined, what: string): FakeDevice {
    if (typeof name !== 'string' || name === '') {
      throw new UsageError('FakeNetIfaceResolver', `name must be a non-empty string, not ${quote(name)}`);
    }
    const device = this.#netns(netns).byName(name);
    if (device === undefined) throw refuse('ENODEV', 'netlink(RTM_GETLINK)', `${what} interface ${quote(name)}`);
    return device;
  }

  #drop(netns: FakeNetns, device: FakeDevice): void {
    netns.remove(device);
    const failures: unknown[] = [];
    // Past every failure: the kernel on this table listens too, and must not keep what was attached to a device that went.
    for (const listener of [...this.#listeners]) {
      try {
        listener(device);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `listeners to the removal of ${quote(device.name)} failed`, {
        cause: failures[0],
      });
    }
  }

  /** Removes several, past every failure of a listener; the first failure is thrown at the end. */
  #dropAll(netns: FakeNetns): void {
    const failures: unknown[] = [];
    for (const device of netns.devices()) {
      try {
        this.#drop(netns, device);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

function createRoot(): FakeNetns {
  const root = new FakeNetns(ROOT_INODE);
  const lo = createLoopback(ROOT_INODE);
  lo.up = true;
  lo.addresses = [
    { address: '127.0.0.1', prefixLength: 8, family: 4, label: 'lo' },
    { address: '::1', prefixLength: 128, family: 6 },
  ];
  root.add(lo);
  root.add(
    new FakeDevice(ROOT_INODE, {
      name: 'eth0',
      index: 2,
      mtu: 1500,
      up: true,
      loopback: false,
      addresses: [{ address: '192.0.2.2', prefixLength: 24, family: 4, label: 'eth0' }],
      nativeXdp: true,
    }),
  );
  return root;
}

function isCount(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= limit;
}

function missingNetns(path: string): KernelError {
  return refuse('ENOENT', 'open', `open network namespace ${quote(path)}`);
}

function refuse(code: ErrnoName, syscall: string, action: string): KernelError {
  return new KernelError(code, { syscall, action });
}
