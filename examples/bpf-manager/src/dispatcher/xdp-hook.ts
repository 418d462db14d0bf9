import type { BpfLink, Program } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { isErrno, ManagerError, unlessGone } from '../errors.js';
import type { Device, DispatcherKey, DispatcherRecord } from '../model.js';
import { retryWhileBusy } from '../retry.js';
import type { Rollback } from '../rollback.js';
import { deviceRef, type Hook, type Seat } from './hook.js';

const SEAT: Seat = { filterHandle: undefined };

/** The XDP hook of a device: one link, pinned at a path that stays while the dispatcher in it changes. */
export class XdpHook implements Hook {
  readonly #context: Context;
  readonly #device: Device;
  readonly #pinPath: string;

  constructor(context: Context, key: DispatcherKey, device: Device) {
    this.#context = context;
    this.#device = device;
    this.#pinPath = context.paths.dispatcherLink(key);
  }

  async install(dispatcher: Program, rollback: Rollback): Promise<Seat> {
    const link = await this.#attach(dispatcher);
    rollback.add('take the dispatcher off', async () => {
      // By its id: once it is pinned, the handle is closed.
      await this.#context.kernel.detach(link.id).finally(() => link.close());
    });
    await this.#context.kernel.pin(link, this.#pinPath);
    await link.close();
    return SEAT;
  }

  async replace(old: DispatcherRecord, dispatcher: Program, rollback: Rollback): Promise<Seat> {
    const link = await this.#open();
    try {
      // Added first: an update that is reported as failed may have happened.
      rollback.add('put the dispatcher before back', () => this.#update(old.programId));
      await this.#context.kernel.updateLink(link, dispatcher, { expected: old.programId });
    } finally {
      await link.close();
    }
    return SEAT;
  }

  async remove(old: DispatcherRecord, rollback: Rollback): Promise<void> {
    rollback.add('put the dispatcher back', () => this.restore(old));
    await unlessGone(async () => {
      const link = await this.#open();
      await this.#context.kernel.detach(link).finally(() => link.close());
    });
  }

  async restore(record: DispatcherRecord): Promise<void> {
    const { kernel } = this.#context;
    if (await kernel.bpffs.exists(this.#pinPath)) {
      const link = await this.#open();
      try {
        if (link.attached) {
          if (link.programId !== record.programId) await kernel.updateLink(link, record.programId);
          return;
        }
        await kernel.detach(link);
      } finally {
        await link.close();
      }
    }
    const link = await this.#attach(record.programId);
    try {
      await kernel.pin(link, this.#pinPath);
    } finally {
      await link.close();
    }
  }

  async #update(programId: number): Promise<void> {
    const link = await this.#open();
    try {
      if (link.programId !== programId) await this.#context.kernel.updateLink(link, programId);
    } finally {
      await link.close();
    }
  }

  async #open(): Promise<BpfLink> {
    const object = await this.#context.kernel.open(this.#pinPath);
    if (object.kind === 'link') return object;
    await object.close();
    throw new Error(`${this.#pinPath} is the pin of a ${object.kind}, not of the dispatcher's link`);
  }

  async #attach(program: Program | number): Promise<BpfLink> {
    const { kernel, clock } = this.#context;
    const spec = { type: 'xdp', program, ...deviceRef(this.#device) } as const;
    try {
      return await retryWhileBusy(clock, () => kernel.attach(spec));
    } catch (error) {
      if (!isErrno(error, 'EBUSY')) throw error;
      const { programId } = await kernel.queryXdp(deviceRef(this.#device));
      if (programId === undefined) throw error;
      const { interfaceName, ifindex } = this.#device;
      throw new ManagerError(
        'FAILED_PRECONDITION',
        `${interfaceName} (ifindex ${ifindex}) has an XDP program already that is not of this manager: program ${programId}. Take it off first`,
        { cause: error },
      );
    }
  }
}
