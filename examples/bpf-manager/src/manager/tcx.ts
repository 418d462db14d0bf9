import type { Direction, TcxPosition } from 'glovebox/kernel';
import type { Device } from '../model.js';
import type { ProgramStore } from '../store/store.js';

/** Where on a TCX hook a program of a priority goes: before the first of the manager's own that has it too, or a higher. */
export function placeInTcx(store: ProgramStore, device: Device, direction: Direction, priority: number): TcxPosition {
  const next = store
    .links()
    .filter((link) => link.slot === undefined && link.direction === direction)
    .filter((link) => link.device?.netns === device.netns && link.device.ifindex === device.ifindex)
    .filter((link) => (link.priority ?? 0) >= priority)
    // The latest comes first among equals, as each went before those that were there.
    .toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0) || b.id - a.id)[0];
  return next ? { order: 'before', anchor: { link: next.kernelId } } : { order: 'after' };
}
