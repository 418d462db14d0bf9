/** One file of an archive. */
export interface TarFile {
  /** Relative to where the archive is unpacked. */
  readonly path: string;
  readonly content?: Uint8Array;
  /** A symbolic link to this, in place of content. */
  readonly link?: string;
  /** @defaultValue 0o644 */
  readonly mode?: number;
  /** A folder, in place of content. */
  readonly isFolder?: boolean;
}

const BLOCK = 512;

/** An archive as POSIX.1 ustar has it: paths up to 100 bytes. */
export function writeTar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const content = Buffer.from(file.content ?? []);
    return [writeHeader(file, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function writeHeader({ path, link, mode = 0o644, isFolder = false }: TarFile, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(isFolder ? '5' : link === undefined ? '0' : '2', 156);
  header.write(link ?? '', 157, 100);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** The content of the first ordinary file of an archive; `undefined` when it has none. */
export function readFirstFile(archive: Buffer): Buffer | undefined {
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136).replace(/[\0 ]/g, ''), 8) || 0;
    const type = archive[at + 156];
    if (type === 0x30 || type === 0) {
      const isEnd = archive[at] === 0;
      if (!isEnd) return archive.subarray(at + BLOCK, at + BLOCK + size);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
