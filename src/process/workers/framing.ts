import { StringDecoder } from 'node:string_decoder';

/** How messages lie in a stream of bytes. */
export interface Framing<Message> {
  encode(message: Message): Uint8Array;
  /** A function for one connection: takes bytes in whatever pieces they come, gives the messages that are whole; throws at what is none. */
  createDecoder(): (bytes: Buffer) => readonly Message[];
}

/**
 * The framings that there are: a line of JSON for each message, a line of text, bytes after their length in four bytes
 * (big-endian), or bytes as they come.
 */
export type FramingName = 'json' | 'lines' | 'length' | 'raw';

/** What is sent and received in a framing. */
export type FramedMessage<F extends FramingName> = F extends 'json' ? unknown : F extends 'lines' ? string : Buffer;

const MAX_MESSAGE_BYTES = 67_108_864;

const lines: Framing<string> = {
  encode: (message) => Buffer.from(`${message}\n`),
  createDecoder: () => {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return (bytes) => {
      const parts = (rest + decoder.write(bytes)).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > MAX_MESSAGE_BYTES) throw new RangeError(`a line has more than ${MAX_MESSAGE_BYTES} characters`);
      return parts.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    };
  },
};

const json: Framing<unknown> = {
  encode: (message) => lines.encode(JSON.stringify(message)),
  createDecoder: () => {
    const decode = lines.createDecoder();
    return (bytes) => decode(bytes).map((line): unknown => JSON.parse(line));
  },
};

const length: Framing<Buffer> = {
  encode: (message) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(message.length);
    return Buffer.concat([header, message]);
  },
  createDecoder: () => {
    let rest: Buffer = Buffer.alloc(0);
    return (bytes) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const messages: Buffer[] = [];
      while (rest.length >= 4) {
        const size = rest.readUInt32BE(0);
        if (size > MAX_MESSAGE_BYTES)
          throw new RangeError(`a message of ${size} bytes is announced, more than ${MAX_MESSAGE_BYTES}`);
        if (rest.length < 4 + size) break;
        messages.push(rest.subarray(4, 4 + size));
        rest = rest.subarray(4 + size);
      }
      return messages;
    };
  },
};

const raw: Framing<Buffer> = { encode: (message) => message, createDecoder: () => (bytes) => [bytes] };

/** The framings by their names. */
export const FRAMINGS: { readonly [F in FramingName]: Framing<FramedMessage<F>> } = { json, lines, length, raw };

/** Bytes that are no message in any framing that checks anything: no JSON, no length that is allowed. */
export const GARBAGE: Uint8Array = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0a]);
