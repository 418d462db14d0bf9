import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A shell and small tools in one static program. */
export interface Busybox {
  readonly content: Uint8Array;
  /** The names that it answers to: `sh`, `ls`, `ip`. */
  readonly applets: readonly string[];
}

const PLACES = [
  '/bin/busybox',
  '/usr/bin/busybox',
  '/usr/lib/busybox/busybox-static',
  '/usr/lib/initramfs-tools/bin/busybox',
];
/** include/uapi/linux/elf.h */
const PT_INTERP = 3;

/** This machine's own busybox, if it is static: one that wants libraries would not start in a machine without any. */
export function findBusybox(places: readonly string[] = PLACES): Busybox | undefined {
  const path = places.find((each) => existsSync(each) && isStatic(readFileSync(each)));
  return path === undefined ? undefined : readBusybox(path);
}

/** A busybox that this processor runs, which is asked for its names; `undefined` when it does not answer. */
export function readBusybox(path: string): Busybox | undefined {
  const { status, stdout } = spawnSync(path, ['--list'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return { content: readFileSync(path), applets: stdout.split('\n').filter((name) => name !== '') };
}

/** Whether no loader is asked for, in a 64-bit ELF file. */
export function isStatic(content: Buffer): boolean {
  if (content.length < 64 || content.toString('latin1', 0, 5) !== '\u007fELF\u0002') return false;
  const at = Number(content.readBigUInt64LE(32));
  const [entryBytes, count] = [content.readUInt16LE(54), content.readUInt16LE(56)];
  if (at + entryBytes * count > content.length) return false;
  return !Array.from({ length: count }, (_, index) => content.readUInt32LE(at + index * entryBytes)).includes(
    PT_INTERP,
  );
}
