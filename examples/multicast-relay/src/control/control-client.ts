import { connect, type Socket } from 'node:net';
import { messageOf, RelayError } from '../errors.ts';
import { JsonLines } from '../worker/json-lines.ts';
import type { ControlAnswers, ControlRequest, ControlResponse } from './protocol.ts';

type Settle = (response: ControlResponse | Error) => void;

/** Asks a relay. */
export class ControlClient implements Disposable {
  readonly #socket: Socket;
  readonly #lines: JsonLines<ControlResponse, ControlRequest>;
  readonly #waiting: Settle[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = new JsonLines(socket, (response) => this.#waiting.shift()?.(response));
    const fail = (error: Error): void => {
      for (const settle of this.#waiting.splice(0)) settle(error);
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new RelayError('UNAVAILABLE', 'The relay has ended the conversation')));
  }

  /** @throws RelayError UNAVAILABLE when no relay listens there */
  static connect(path: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const fail = (error: Error): void =>
        reject(new RelayError('UNAVAILABLE', `No relay answers at ${path}: ${messageOf(error)}`, { cause: error }));
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.off('error', fail);
        resolve(new ControlClient(socket));
      });
    });
  }

  /** @throws RelayError with the code and the message of the relay */
  async ask<Command extends ControlRequest['command']>(
    request: ControlRequest & { readonly command: Command },
  ): Promise<ControlAnswers[Command]> {
    const response = await new Promise<ControlResponse>((resolve, reject) => {
      if (!this.#socket.writable) {
        reject(new RelayError('UNAVAILABLE', 'The relay has ended the conversation'));
        return;
      }
      this.#waiting.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
      this.#lines.send(request);
    });
    if (!response.ok) throw new RelayError(response.code, response.message);
    // The protocol says which answer a command has.
    return response.answer as ControlAnswers[Command];
  }

  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
