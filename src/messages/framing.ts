import { StringDecoder } from 'node:string_decoder';
import { quote, UsageError } from '../core/errors.js';
import { MessageError } from './message-error.js';

/** What some bytes came to. */
export interface Decoded<Message> {
  /** The messages that are whole now. */
  readonly messages: readonly Message[];
  /** Why what came after those is none; the stream cannot be understood from there on. */
  readonly error?: MessageError;
}

/** Finds the messages of one connection. */
export interface MessageDecoder<Message> {
  /** Takes bytes in whatever pieces they come. */
  push(bytes: Buffer): Decoded<Message>;
  /** How much has come of a message that is not whole. */
  readonly pendingBytes: number;
}

/** How messages lie in a stream of bytes: one of {@link FramingName}, or a protocol's own. */
export interface Framing<Message> {
  encode(message: Message): Uint8Array;
  /** @param maxMessageBytes - What announces or becomes more is an error: nothing larger is ever kept. */
  createDecoder(maxMessageBytes: number): MessageDecoder<Message>;
}

/**
 * The framings that there are: a line of JSON for each message, a line of text, bytes after their length in four bytes
 * (big-endian), or bytes as they come.
 */
export type FramingName = 'json' | 'lines' | 'length' | 'raw';

/** What is sent and received in a framing. */
export type FramedMessage<F extends FramingName> = F extends 'json' ? unknown : F extends 'lines' ? string : Buffer;

/** How large a message may be where nothing else is said, in bytes: 64 MiB. */
export const MAX_MESSAGE_BYTES = 67_108_864;

const HEADER_BYTES = 4;

class LineDecoder implements MessageDecoder<string> {
  readonly #maxBytes: number;
  readonly #decoder = new StringDecoder('utf8');
  /** The pieces of a line that has not ended. */
  #pieces: string[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(bytes: Buffer): Decoded<string> {
    const lines = this.#decoder.write(bytes).split('\n');
    const rest = lines.pop() ?? '';
    const messages: string[] = [];
    for (const [index, line] of lines.entries()) {
      const whole = index === 0 && this.#pieces.length > 0 ? this.#pieces.join('') + line : line;
      // A character is three bytes at most: four bytes are two of JavaScript's.
      if (whole.length * 3 > this.#maxBytes && Buffer.byteLength(whole) > this.#maxBytes)
        return { messages, error: this.#createTooLong() };
      messages.push(whole.endsWith('\r') ? whole.slice(0, -1) : whole);
    }
    const last = bytes.lastIndexOf(0x0a);
    if (last >= 0) this.#pieces = [];
    this.#pendingBytes = last >= 0 ? bytes.length - last - 1 : this.#pendingBytes + bytes.length;
    if (rest !== '') this.#pieces.push(rest);
    return this.#pendingBytes <= this.#maxBytes ? { messages } : { messages, error: this.#createTooLong() };
  }

  #createTooLong(): MessageError {
    this.#pieces = [];
    return createTooLarge('a line is longer than is allowed', this.#maxBytes);
  }
}

class LengthDecoder implements MessageDecoder<Buffer> {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  /** How much the next message takes with its header, as far as that is known. */
  #wantedBytes = HEADER_BYTES;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  push(bytes: Buffer): Decoded<Buffer> {
    this.#pieces.push(bytes);
    this.#pendingBytes += bytes.length;
    const messages: Buffer[] = [];
    // Pieces are joined once there is enough of them, so that a large message is copied once.
    while (this.#pendingBytes >= this.#wantedBytes) {
      const joined = this.#pieces.length === 1 ? (this.#pieces[0] ?? bytes) : Buffer.concat(this.#pieces);
      const size = joined.readUInt32BE(0);
      if (size > this.#maxBytes) {
        this.#pieces = [];
        return { messages, error: createTooLarge(`a message of ${size} bytes is announced`, this.#maxBytes) };
      }
      const end = HEADER_BYTES + size;
      if (joined.length < end) {
        this.#pieces = [joined];
        this.#wantedBytes = end;
        break;
      }
      messages.push(joined.subarray(HEADER_BYTES, end));
      this.#pieces = joined.length === end ? [] : [joined.subarray(end)];
      this.#pendingBytes -= end;
      this.#wantedBytes = HEADER_BYTES;
    }
    return { messages };
  }
}

class JsonDecoder implements MessageDecoder<unknown> {
  readonly #lines: LineDecoder;

  constructor(maxBytes: number) {
    this.#lines = new LineDecoder(maxBytes);
  }

  get pendingBytes(): number {
    return this.#lines.pendingBytes;
  }

  push(bytes: Buffer): Decoded<unknown> {
    const decoded = this.#lines.push(bytes);
    const messages: unknown[] = [];
    for (const line of decoded.messages) {
      try {
        messages.push(JSON.parse(line));
      } catch (cause) {
        const text = `what came is no line of JSON: ${quote(line)}`;
        return { messages, error: new MessageError('ERR_GLOVEBOX_MESSAGE_MALFORMED', text, { cause }) };
      }
    }
    return decoded.error === undefined ? { messages } : { messages, error: decoded.error };
  }
}

const lines: Framing<string> = {
  encode: (message) => Buffer.from(`${message}\n`),
  createDecoder: (maxBytes) => new LineDecoder(maxBytes),
};

/** @throws UsageError for what JSON has no words for: the other side would get a line that is no message */
function writeJson(message: unknown): string {
  let text: string | undefined;
  let reason = 'JSON has no words for it';
  try {
    // `undefined` for what it has no words for, which its type does not tell.
    text = JSON.stringify(message);
  } catch (error) {
    if (error instanceof Error) [reason = ''] = error.message.split('\n');
  }
  if (text !== undefined) return text;
  throw new UsageError(
    'send',
    `a message must be plain data, that JSON can write; received ${quote(message)}: ${reason}`,
  );
}

const json: Framing<unknown> = {
  encode: (message) => Buffer.from(`${writeJson(message)}\n`),
  createDecoder: (maxBytes) => new JsonDecoder(maxBytes),
};

const length: Framing<Buffer> = {
  encode: (message) => {
    const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
    frame.writeUInt32BE(message.length);
    frame.set(message, HEADER_BYTES);
    return frame;
  },
  createDecoder: (maxBytes) => new LengthDecoder(maxBytes),
};

const raw: Framing<Buffer> = {
  encode: (message) => message,
  createDecoder: () => ({ push: (bytes) => ({ messages: [bytes] }), pendingBytes: 0 }),
};

/** The framings by their names. */
export const FRAMINGS: { readonly [F in FramingName]: Framing<FramedMessage<F>> } = { json, lines, length, raw };

function createTooLarge(what: string, maxBytes: number): MessageError {
  const advice = 'Raise maxMessageBytes if that is right; else the other side speaks another protocol';
  return new MessageError('ERR_GLOVEBOX_MESSAGE_TOO_LARGE', `${what}: ${maxBytes} bytes are allowed. ${advice}`);
}
