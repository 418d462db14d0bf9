import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';

const CHECKSUM_DIGITS = 8;

/**
 * A file that records are added to, one a line, each with a checksum. What is written outlives this process at once, and
 * the machine a while later: the disk is told in the background.
 */
export class LogFile {
  readonly #path: string;
  readonly #syncIntervalMs: number;
  #fd: number;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, syncIntervalMs: number) {
    this.#path = path;
    this.#syncIntervalMs = syncIntervalMs;
    this.#fd = openSync(path, 'a', 0o600);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The records of a file, up to the first that is not whole: whoever wrote that was killed. */
  static read(path: string): readonly unknown[] {
    const records: unknown[] = [];
    for (const line of readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n')) {
      const record = decode(line);
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }

  append(records: readonly string[]): void {
    this.#write(encode(records));
    this.#timer ??= setTimeout(() => this.#sync(), this.#syncIntervalMs).unref();
  }

  /** Puts other records in the place of all, as a whole: there is never a moment without one of both. */
  replace(records: readonly string[]): void {
    const path = `${this.#path}.new`;
    const old = this.#fd;
    this.#fd = openSync(path, 'a', 0o600);
    ftruncateSync(this.#fd);
    this.#bytes = 0;
    this.#write(encode(records));
    fdatasyncSync(this.#fd);
    renameSync(path, this.#path);
    closeSync(old);
  }

  close(): void {
    clearTimeout(this.#timer);
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    // A disk that is nearly full takes a part.
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    this.#bytes += bytes.length;
  }

  #sync(): void {
    this.#timer = undefined;
    const fd = this.#fd;
    fdatasync(fd, (error) => {
      // A file that was replaced meanwhile does not matter any more; a disk that fails does.
      if (error !== null && fd === this.#fd) throw error;
    });
  }
}

function encode(records: readonly string[]): string {
  let text = '';
  for (const record of records) text += `${crc32(record).toString(16).padStart(CHECKSUM_DIGITS, '0')} ${record}\n`;
  return text;
}

function decode(line: string): unknown {
  const record = line.slice(CHECKSUM_DIGITS + 1);
  if (record === '' || Number.parseInt(line.slice(0, CHECKSUM_DIGITS), 16) !== crc32(record)) return undefined;
  return JSON.parse(record);
}
