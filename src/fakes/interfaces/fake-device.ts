import type { InterfaceAddress, NetInterface } from '../../kernel/interfaces.js';

/** A device of a {@link FakeNetIfaceResolver}: the same object for as long as the device exists, whatever its name. */
export class FakeDevice {
  name: string;
  readonly index: number;
  mtu: number;
  up: boolean;
  readonly loopback: boolean;
  /** Whether its driver runs XDP itself (`ndo_bpf`). */
  readonly nativeXdp: boolean;
  addresses: readonly InterfaceAddress[];
  /** The inode of the network namespace it is in. */
  readonly netns: number;

  constructor(netns: number, fields: NetInterface & { readonly nativeXdp: boolean }) {
    this.name = fields.name;
    this.index = fields.index;
    this.mtu = fields.mtu;
    this.up = fields.up;
    this.loopback = fields.loopback;
    this.nativeXdp = fields.nativeXdp;
    this.addresses = fields.addresses;
    this.netns = netns;
  }

  /** What a resolver tells of it: a copy, which later changes leave alone. */
  describe(): NetInterface {
    const { name, index, mtu, up, loopback, addresses } = this;
    return { name, index, mtu, up, loopback, addresses };
  }
}
