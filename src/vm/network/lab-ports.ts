import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { LabHost } from '../../netns/lab/lab-host.js';
import type { VmAgent } from '../agent/vm-agent.js';
import { FIRST_FREE_DESCRIPTOR } from '../qemu/command-line.js';
import type { GuestNetwork } from './guest-network.js';
import { LabPort } from './lab-port.js';
import { setUpGuest } from './set-up-guest.js';

/** All interfaces of a lab's host, which a guest has. */
export class LabPorts implements Disposable {
  readonly #host: LabHost;
  readonly #ports: LabPort[] = [];

  /** @throws KernelError as {@link LabPort} */
  constructor({ in: host }: GuestNetwork) {
    this.#host = host;
    try {
      for (const each of host.plan.interfaces) this.#ports.push(new LabPort(host, each));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Words for QEMU. Without `romfile`, it looks for one to boot from. */
  get devices(): readonly string[] {
    return this.#ports.flatMap(({ macAddress }, index) => [
      ...['-netdev', `tap,id=net${index},fd=${FIRST_FREE_DESCRIPTOR + index}`],
      ...['-device', `virtio-net-pci,netdev=net${index},mac=${macAddress},romfile=`],
    ]);
  }

  /** What QEMU is to have, by the numbers that it knows them by. */
  get descriptors(): Readonly<Record<number, FileDescriptor>> {
    return Object.fromEntries(this.#ports.map(({ tap }, index) => [FIRST_FREE_DESCRIPTOR + index, tap]));
  }

  /** Lets go of what QEMU has now: the taps end with it. */
  release(): void {
    for (const { tap } of this.#ports) tap.close();
  }

  /** Makes the guest the host. @throws KernelError */
  async setUp(agent: VmAgent): Promise<void> {
    await setUpGuest(agent, this.#host.plan);
  }

  /** Safe to call twice. */
  [Symbol.dispose](): void {
    for (const each of this.#ports) each[Symbol.dispose]();
  }
}
