/** A file of an archive. */
export interface CpioEntry {
  /** Without a leading `/`. */
  readonly path: string;
  /** With the kind of file: `0o100644` a file, `0o040755` a folder, `0o120777` a link, `0o020600` a device. */
  readonly mode: number;
  /** What a file has in it, or where a link leads. */
  readonly content?: Uint8Array;
  /** Of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
}

/**
 * An archive as the kernel unpacks it at boot: Documentation/driver-api/early-userspace/buffer-format.rst, "newc". All
 * belongs to root and has no times, so that equal files make equal bytes.
 */
export function encodeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts = entries.flatMap((entry, index) => encodeEntry(entry, index + 1));
  return Buffer.concat([...parts, ...encodeEntry({ path: 'TRAILER!!!', mode: 0 }, 0)]);
}

function encodeEntry({ path, mode, content = new Uint8Array(), device }: CpioEntry, inode: number): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const links = (mode & 0o170000) === 0o040000 ? 2 : 1;
  const { major = 0, minor = 0 } = device ?? {};
  const numbers = [inode, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${numbers.map((each) => each.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), content, padding(content.length)];
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
