import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection to a worker that speaks lines of JSON. */
export class Talk {
  readonly #socket: Socket;
  readonly #lines: string[] = [];
  readonly ended: Promise<unknown>;
  #rest = '';

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => {});
    this.ended = once(this.#socket, 'close');
    this.#socket.on('data', (bytes: Buffer) => {
      const parts = (this.#rest + bytes.toString('latin1')).split('\n');
      this.#rest = parts.pop() ?? '';
      this.#lines.push(...parts);
      this.#socket.emit('lines');
    });
  }

  send(...messages: readonly unknown[]): void {
    this.#socket.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  }

  sendText(text: string): boolean {
    return this.#socket.write(text);
  }

  async line(): Promise<string> {
    while (this.#lines.length === 0) await once(this.#socket, 'lines');
    return this.#lines.shift() ?? '';
  }

  async ask(message: unknown): Promise<unknown> {
    this.send(message);
    return JSON.parse(await this.line());
  }

  get pendingLines(): number {
    return this.#lines.length;
  }

  get socket(): Socket {
    return this.#socket;
  }

  close(): void {
    this.#socket.destroy();
  }
}
