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
