import { FakeDevice } from './fake-device.js';

/** A network namespace of a {@link FakeNetIfaceResolver}: its devices by name and by index. */
export class FakeNetns {
  /** Its identity, as stat(2) on its path tells it. */
  readonly inode: number;
  readonly #byIndex = new Map<number, FakeDevice>();
  readonly #byName = new Map<string, FakeDevice>();
  #lastIndex = 0;

  constructor(inode: number) {
    this.inode = inode;
  }

  byIndex(index: number): FakeDevice | undefined {
    return this.#byIndex.get(index);
  }

  byName(name: string): FakeDevice | undefined {
    return this.#byName.get(name);
  }

  /** In the order of indexes. */
  devices(): readonly FakeDevice[] {
    return [...this.#byIndex.values()].sort((a, b) => a.index - b.index);
  }

  /** The index the next device gets: indexes rise and are not given out again (net/core/dev.c, dev_index_reserve). */
  nextIndex(): number {
    let index = this.#lastIndex + 1;
    while (this.#byIndex.has(index)) index += 1;
    return index;
  }

  add(device: FakeDevice): void {
    this.#byIndex.set(device.index, device);
    this.#byName.set(device.name, device);
    this.#lastIndex = Math.max(this.#lastIndex, device.index);
  }

  remove(device: FakeDevice): void {
    this.#byIndex.delete(device.index);
    this.#byName.delete(device.name);
  }

  rename(device: FakeDevice, name: string): void {
    this.#byName.delete(device.name);
    device.name = name;
    this.#byName.set(name, device);
  }
}

/** The loopback device that every namespace begins with: down and without an address, as Linux makes it. */
export function createLoopback(netns: number): FakeDevice {
  const fields = { name: 'lo', index: 1, mtu: 65_536, up: false, loopback: true, addresses: [], nativeXdp: false };
  return new FakeDevice(netns, fields);
}
