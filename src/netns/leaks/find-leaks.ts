import { readLink } from '../../process/proc/read-proc.js';
import { describeSocket } from './describe-socket.js';
import { type DescriptorKind, type Inventory, type OpenDescriptor, takeInventory } from './inventory.js';

/** Something that is there and was not. */
export interface Leak {
  readonly kind: DescriptorKind | 'process' | 'thread' | 'interface';
  /** What it is, and where it belongs, as far as that is known. */
  readonly description: string;
}

/**
 * What one inventory has and an earlier one has not, in words.
 *
 * @param after - @defaultValue one that is taken now
 * @throws UnsupportedError where there is no procfs
 *
 * @example
 * ```ts
 * const before = takeInventory();
 * await startAndStopRelay();
 * expect(findLeaks(before)).toEqual([]);
 * ```
 */
export function findLeaks(before: Inventory, after: Inventory = takeInventory()): readonly Leak[] {
  return [
    ...findNewDescriptors(before, after).map((each) => ({ kind: each.kind, description: describe(each) })),
    ...findNewThreads(before, after),
    ...[...after.processes]
      .filter(([pid, command]) => before.processes.get(pid) !== command)
      .map(([pid, command]) => ({ kind: 'process', description: `process ${pid}: ${command}` }) as const),
    ...after.interfaces
      .filter((name) => !before.interfaces.includes(name))
      .map((name) => ({ kind: 'interface', description: `interface ${name} in the namespace of the test` }) as const),
  ];
}

/** By what they lead to, as their numbers are used again; one that was there may have been opened once more. */
function findNewDescriptors(before: Inventory, after: Inventory): readonly OpenDescriptor[] {
  const known = new Map<string, number[]>();
  for (const { target, fd } of before.descriptors) known.set(target, [...(known.get(target) ?? []), fd]);
  const unknown = after.descriptors.filter(({ target, fd }) => {
    const fds = known.get(target) ?? [];
    if (!fds.includes(fd)) return true;
    fds.splice(fds.indexOf(fd), 1);
    return false;
  });
  // The same file under another number: moved, not more.
  return unknown.filter(({ target }) => known.get(target)?.pop() === undefined);
}

function describe({ fd, kind, target }: OpenDescriptor): string {
  const isThere = readLink(`/proc/self/fd/${fd}`) === target;
  switch (kind) {
    case 'netns':
      return `network namespace ${target}, held by file descriptor ${fd}`;
    case 'socket':
      return `socket, file descriptor ${fd}${(isThere ? describeSocket(fd) : undefined) ?? ''}`;
    default:
      return `file descriptor ${fd}: ${target}`;
  }
}

function findNewThreads(before: Inventory, after: Inventory): readonly Leak[] {
  const more = after.eventLoops - before.eventLoops;
  if (more <= 0) return [];
  return [{ kind: 'thread', description: more === 1 ? 'a worker thread' : `${more} worker threads` }];
}
