import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SpawnForTest } from 'glovebox/fixtures';
import { CACHE } from '../test/support/bus-under-test.ts';

const PROGRAM = fileURLToPath(new URL('../test/support/bare-relay.ts', import.meta.url));
/** As large as a task. */
const MESSAGE = Buffer.alloc(120, 'x');

/** What as many processes and calls to the kernel as a task needs take with nothing but sockets: what this machine can do now. */
export class BareRoundTrip implements AsyncDisposable {
  readonly #socket: Socket;
  #missing = 0;
  #resolve = (): void => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#missing -= bytes.length;
      if (this.#missing === 0) this.#resolve();
    });
  }

  static async start(spawn: SpawnForTest, directory: string): Promise<BareRoundTrip> {
    const path = join(directory, 'bare.sock');
    const start = (role: 'echo' | 'relay') =>
      spawn(process.execPath, [PROGRAM, role, path], { ready: { fd: 3 }, env: CACHE });
    await start('echo');
    await start('relay');
    return new BareRoundTrip(connect(path));
  }

  make(): Promise<void> {
    return new Promise((resolve) => {
      this.#missing = MESSAGE.length;
      this.#resolve = resolve;
      this.#socket.write(MESSAGE);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
