import type { Duplex } from 'node:stream';

/** The longest line that anybody has to send; more is somebody who does not know the protocol. */
const MAX_LINE_CHARACTERS = 1 << 20;

/** Both ends of a conversation: one line of JSON for every message. */
export class JsonLines<In, Out> {
  readonly #stream: Duplex;

  /** @param onMessage is called for each; what is no JSON ends the conversation */
  constructor(stream: Duplex, onMessage: (message: In) => void) {
    this.#stream = stream;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      try {
        if (text.length > MAX_LINE_CHARACTERS)
          throw new RangeError(`a line has over ${MAX_LINE_CHARACTERS} characters`);
        for (const line of lines) if (line.trim() !== '') onMessage(JSON.parse(line) as In);
      } catch (error) {
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  send(message: Out): void {
    if (this.#stream.writable) this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    this.#stream.end();
  }
}
