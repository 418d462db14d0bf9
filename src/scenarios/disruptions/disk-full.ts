import { statfsSync, statSync } from 'node:fs';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { SmallDisk } from '../../process/surroundings/small-disk.js';
import type { Disruption } from './disruption.js';
import { Filling } from './filling.js';

/** How full a disk becomes. */
export interface DiskFullOptions {
  /** How much room is left, in bytes; the kernel counts whole pages. @defaultValue 0 */
  readonly leaveBytes?: number;
  /** How much may be written to fill it, in bytes: a disk with more room is refused. @defaultValue 268435456, 256 MiB */
  readonly mostBytes?: number;
  /** What records call the target. @defaultValue 'disk', or the path */
  readonly name?: string;
}

const MOST_BYTES = 268_435_456;

/**
 * Fills a disk: whoever writes gets ENOSPC, from the kernel. What is removed meanwhile makes room, as it does on any
 * disk. When the last that filled it ends, the filling is gone.
 *
 * @param disk - One of `createSmallDisk`, or a folder on a small file system of the test's own, or with a quota.
 * @throws UsageError for a folder that is not there, and for one with more room than `mostBytes`: it would be everybody's
 *
 * @example
 * ```ts
 * using disk = createSmallDisk({ sizeBytes: 1_048_576 });
 * await using worker = await spawn('worker', ['--data', disk.pathAt(7)], { descriptors: { 7: disk } });
 * at({ atMs: 1000, lastsMs: 2000, disrupt: diskFull(disk, { name: 'worker' }) });
 * ```
 */
export function diskFull(disk: SmallDisk | string, options: DiskFullOptions = {}): Disruption {
  checkOptions('diskFull', options);
  const { leaveBytes = 0, mostBytes = MOST_BYTES, name } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['leaveBytes', 'mostBytes', 'name']),
    ...Object.entries({ leaveBytes, mostBytes })
      .filter(([, value]) => !(Number.isSafeInteger(value) && value >= 0))
      .map(([field, value]) => `${field} must be a whole number of bytes, 0 or more; received ${quote(value)}`),
    ...(name === undefined || (typeof name === 'string' && name !== '')
      ? []
      : [`name must be a string that is not empty; received ${quote(name)}`]),
    ...findDiskMistakes(disk, mostBytes),
  ];
  if (mistakes.length > 0) throw new UsageError('diskFull', mistakes);
  return {
    kind: 'disk full',
    target: name ?? (typeof disk === 'string' ? disk : 'disk'),
    ...(leaveBytes > 0 && { details: `all but ${leaveBytes} bytes` }),
    begin: ({ hold }) => {
      const own: DiskHold = { leaveBytes, filling: undefined };
      return hold(disk, 'full', own, async (held) => {
        const filling = [own, ...held].find((each) => each.filling !== undefined)?.filling;
        const newest = held.at(-1);
        if (newest === undefined) return filling?.remove();
        for (const each of [own, ...held]) each.filling = undefined;
        newest.filling = filling ?? (await Filling.create(readPath(disk), mostBytes));
        await newest.filling.leave(Math.min(...held.map((each) => each.leaveBytes)));
      });
    },
  };
}

interface DiskHold {
  readonly leaveBytes: number;
  filling: Filling | undefined;
}

function readPath(disk: SmallDisk | string): string {
  return typeof disk === 'string' ? disk : disk.path;
}

function findDiskMistakes(disk: unknown, mostBytes: number): readonly string[] {
  const wish = 'disk must be made by createSmallDisk(), or be the path of a folder';
  if (disk instanceof SmallDisk) return disk.closed ? [`${wish}; received one that is closed`] : [];
  if (typeof disk !== 'string' || disk === '') return [`${wish}; received ${quote(disk)}`];
  try {
    if (!statSync(disk).isDirectory()) return [`${wish}; ${quote(disk)} is a file`];
    const { bavail, bsize } = statfsSync(disk);
    if (bavail * bsize <= mostBytes) return [];
    return [
      `${quote(disk)} has room for ${bavail * bsize} bytes, more than mostBytes, ${mostBytes}: to fill it would harm all who use that disk. Use createSmallDisk(), or, where a quota is in the way, raise mostBytes`,
    ];
  } catch (error) {
    return [`${wish}; ${quote(disk)} cannot be looked at: ${messageOf(error)}`];
  }
}
