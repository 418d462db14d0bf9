import type { Direction, Filter, HookRef, Program } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { isErrno, unlessGone } from '../errors.js';
import type { Device, DispatcherKind, DispatcherRecord } from '../model.js';
import type { Rollback } from '../rollback.js';
import { deviceRef, type Hook, type Seat } from './hook.js';

/** The priority of every dispatcher's filter. */
export const FILTER_PRIORITY = 50;

/** One direction of a device's clsact qdisc: a filter, known by its priority and handle. */
export class TcHook implements Hook {
  readonly #context: Context;
  readonly #hook: HookRef;

  constructor(context: Context, kind: Exclude<DispatcherKind, 'xdp'>, device: Device) {
    this.#context = context;
    this.#hook = { ...deviceRef(device), direction: directionOf(kind) };
  }

  async install(dispatcher: Program, rollback: Rollback): Promise<Seat> {
    const { direction: _, ...device } = this.#hook;
    // It stays when the last filter goes: others may have come to rely on it.
    await this.#context.kernel.createClsact({ ...device, exclusive: false });
    return await this.#add(dispatcher, rollback);
  }

  async replace(old: DispatcherRecord, dispatcher: Program, rollback: Rollback): Promise<Seat> {
    // The new one first, so that no packet passes without a dispatcher.
    const seat = await this.#add(dispatcher, rollback);
    await this.remove(old, rollback);
    return seat;
  }

  async remove(old: DispatcherRecord, rollback: Rollback): Promise<void> {
    // Added first: a deletion that is reported as failed may have happened.
    rollback.add('put the dispatcher before back', () => this.restore(old));
    await this.#delete(old.filterHandle);
  }

  async restore(record: DispatcherRecord): Promise<void> {
    const { programId, filterHandle: handle } = record;
    try {
      await this.#context.kernel.addFilter({
        ...this.#hook,
        program: programId,
        priority: FILTER_PRIORITY,
        exclusive: true,
        ...(handle === undefined ? {} : { handle }),
      });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }

  async #add(dispatcher: Program, rollback: Rollback): Promise<Seat> {
    const { kernel } = this.#context;
    const filter = await kernel.addFilter({
      ...this.#hook,
      program: dispatcher,
      priority: FILTER_PRIORITY,
      exclusive: true,
    });
    rollback.add('delete the filter', () => kernel.deleteFilter(toRef(this.#hook, filter)));
    return { filterHandle: filter.handle };
  }

  async #delete(handle: number | undefined): Promise<void> {
    if (handle === undefined) return;
    const filter = { ...this.#hook, priority: FILTER_PRIORITY, handle };
    await unlessGone(() => this.#context.kernel.deleteFilter(filter), 'ENODEV', 'EINVAL');
  }
}

export function directionOf(kind: Exclude<DispatcherKind, 'xdp'>): Direction {
  return kind === 'tc-ingress' ? 'ingress' : 'egress';
}

function toRef(hook: HookRef, filter: Filter): HookRef & { priority: number; handle: number } {
  return { ...hook, priority: filter.priority, handle: filter.handle };
}
