/** An address of a network interface. */
export interface InterfaceAddress {
  /** IPv4 or IPv6, without prefix: `192.0.2.1`. */
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 4 | 6;
  /** IFA_LABEL, such as `lo:faas`; IPv4 only. */
  readonly label?: string;
}

/** A network interface as a resolver sees it. */
export interface NetInterface {
  readonly name: string;
  readonly index: number;
  readonly mtu: number;
  readonly up: boolean;
  readonly loopback: boolean;
  readonly addresses: readonly InterfaceAddress[];
}

/** How an interface of {@link TestInterfaces} is to be. */
export interface TestInterfaceOptions {
  /** @defaultValue one more than the highest the namespace has had */
  readonly index?: number;
  /** The path of the namespace to add it to, made with `addNetns`. @defaultValue the first */
  readonly netns?: string;
  /** Bytes. @defaultValue 1500 */
  readonly mtu?: number;
  /** @defaultValue true */
  readonly up?: boolean;
}

/** Answers which interface a name or an index means, on this machine or in a table of the test's. */
export interface NetIfaceResolver {
  /**
   * @param netns the path of a network namespace. @defaultValue the caller's own
   * @throws KernelError ENODEV when there is none of that name, ENOENT when there is no such namespace
   */
  interfaceByName(name: string, netns?: string): Promise<NetInterface>;
  /** @throws KernelError ENODEV, ENOENT */
  interfaceByIndex(index: number, netns?: string): Promise<NetInterface>;
  /** In the order of indexes. @throws KernelError ENOENT */
  interfaces(netns?: string): Promise<readonly NetInterface[]>;
  /** The inode of a namespace, which is its identity. @throws KernelError ENOENT, EINVAL */
  netnsInode(netns?: string): Promise<number>;
}

/**
 * The interfaces that a test works with, made up or real: they begin with `lo` (1) and `eth0` (2), and the test adds and
 * removes others. Paths of network namespaces are known to them, and to the kernel beside them, alone.
 */
export interface TestInterfaces extends NetIfaceResolver {
  /** @throws KernelError EEXIST when the name or the index is taken, ENOENT when there is no such namespace */
  add(name: string, options?: TestInterfaceOptions): NetInterface;
  /** Removes an interface, and what was attached to it. @throws KernelError ENODEV, EOPNOTSUPP for `lo` */
  remove(name: string, netns?: string): void;
  /** @throws KernelError ENODEV */
  setUp(name: string, netns?: string): void;
  /** @throws KernelError ENODEV */
  setDown(name: string, netns?: string): void;
  /** Makes a network namespace, with a `lo` that is down. @throws KernelError EEXIST */
  addNetns(path: string): void;
  /** Removes a network namespace and every interface in it. @throws KernelError ENOENT */
  removeNetns(path: string): void;
}
