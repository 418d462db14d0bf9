import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Where what a container writes goes. */
export interface OutputSinks {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Of each piece: which stream it is of, three bytes of nothing, and its length. */
const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Writes what an engine sends of both outputs of a container to where each goes, no faster than that takes it, until there
 * is no more.
 *
 * @param seen - Is told of each piece. @throws what a sink ends with: EPIPE
 */
export async function relayOutput(
  source: Readable,
  sinks: OutputSinks,
  seen: (bytes: Buffer) => void = () => {},
): Promise<void> {
  let header: Buffer = Buffer.alloc(0);
  let left = 0;
  let sink = sinks.stdout;
  for await (const chunk of source) {
    let bytes = Buffer.from(chunk);
    while (bytes.length > 0) {
      if (left === 0) {
        const missing = HEADER_BYTES - header.length;
        header = Buffer.concat([header, bytes.subarray(0, missing)]);
        bytes = bytes.subarray(missing);
        if (header.length < HEADER_BYTES) break;
        sink = header[0] === STDERR ? sinks.stderr : sinks.stdout;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      }
      const piece = bytes.subarray(0, left);
      bytes = bytes.subarray(left);
      left -= piece.length;
      seen(piece);
      await write(sink, piece);
    }
  }
}

/** The same of a terminal, where both outputs are one. */
export async function relayTerminal(
  source: Readable,
  sink: Writable,
  seen: (bytes: Buffer) => void = () => {},
): Promise<void> {
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    seen(bytes);
    await write(sink, bytes);
  }
}

async function write(sink: Writable, bytes: Buffer): Promise<void> {
  if (bytes.length > 0 && !sink.write(bytes)) await once(sink, 'drain');
}
