import type { Socket } from 'node:net';
import { BusError } from '../errors.ts';

/** What one line may have at most, in bytes: a batch of tasks is one line. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Messages over a stream, a line of JSON each. What is sent is kept until {@link LineChannel.flush}, so that many go in one
 * call to the kernel.
 */
export class LineChannel<In, Out> {
  readonly #socket: Socket;
  #out: string[] = [];
  #rest: Buffer[] = [];
  #restBytes = 0;

  /**
   * @param onMessages gets all that came at once
   * @param onError something came that is no message; the rest of it is not read
   */
  constructor(socket: Socket, onMessages: (messages: readonly In[]) => void, onError: (error: unknown) => void) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      let messages: readonly In[];
      try {
        messages = this.#read(bytes);
      } catch (error) {
        socket.pause();
        onError(error);
        return;
      }
      if (messages.length > 0) onMessages(messages);
    });
  }

  /** How much was sent that the other side has not taken, in bytes. */
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  send(message: Out): void {
    this.#out.push(JSON.stringify(message));
  }

  flush(): void {
    if (this.#out.length === 0) return;
    const lines = this.#out;
    this.#out = [];
    if (this.#socket.writable) this.#socket.write(`${lines.join('\n')}\n`);
  }

  #read(bytes: Buffer): readonly In[] {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end === -1) {
      this.#keep(bytes);
      return [];
    }
    const whole = bytes.subarray(0, end);
    const text = (this.#rest.length === 0 ? whole : Buffer.concat([...this.#rest, whole])).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    if (end + 1 < bytes.length) this.#keep(bytes.subarray(end + 1));
    return text.split('\n').map(parseLine<In>);
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    if (this.#restBytes > MAX_LINE_BYTES)
      throw new BusError('PROTOCOL', `A line has more than ${MAX_LINE_BYTES} bytes`);
  }
}

function parseLine<In>(line: string): In {
  try {
    return JSON.parse(line) as In;
  } catch (cause) {
    const shown = line.length > 80 ? `${line.slice(0, 77)}...` : line;
    throw new BusError('PROTOCOL', `A line is no JSON: ${shown}`, { cause });
  }
}
