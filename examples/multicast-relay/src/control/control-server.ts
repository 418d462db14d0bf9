import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isErrno, messageOf, RelayError } from '../errors.ts';
import { parseRule } from '../parse-rule.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { JsonLines } from '../worker/json-lines.ts';
import { ControlClient } from './control-client.ts';
import type { ControlAnswers, ControlRequest, ControlResponse } from './protocol.ts';

/** Answers the clients of a relay, at a socket in the file system. */
export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param onStop a client asks that the relay end
   * @throws RelayError ALREADY_EXISTS when another relay is there
   */
  static async listen(path: string, supervisor: Supervisor, onStop: () => void): Promise<ControlServer> {
    await removeStale(path);
    const server = createServer();
    const control = new ControlServer(server);
    server.on('connection', (socket) => control.#serve(socket, supervisor, onStop));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return control;
  }

  #serve(socket: Socket, supervisor: Supervisor, onStop: () => void): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let last = Promise.resolve();
    const lines = new JsonLines<ControlRequest, ControlResponse>(socket, (request) => {
      last = last.then(async () => {
        lines.send(await respond(supervisor, request));
        if (request.command === 'stop') onStop();
      });
    });
  }

  /** Ends the conversations, and takes the socket away. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.end();
    await closed;
  }
}

async function respond(supervisor: Supervisor, request: ControlRequest): Promise<ControlResponse> {
  try {
    return { ok: true, answer: await fulfil(supervisor, request) };
  } catch (error) {
    const code = error instanceof RelayError ? error.code : 'INTERNAL';
    return { ok: false, code, message: messageOf(error) };
  }
}

async function fulfil(
  supervisor: Supervisor,
  request: ControlRequest,
): Promise<ControlAnswers[ControlRequest['command']]> {
  switch (request.command) {
    case 'add':
      return supervisor.add(parseRule(request.rule));
    case 'remove':
      await supervisor.remove(request.id);
      return null;
    case 'list':
      return supervisor.list();
    case 'stats':
      return supervisor.stats();
    case 'ready':
      await supervisor.waitUntilReady(request.timeoutMs);
      return null;
    case 'stop':
      return null;
    default:
      throw new RelayError('INVALID_ARGUMENT', `There is no such command: ${JSON.stringify(request)}`);
  }
}

/** A relay that was killed leaves its socket behind; one that runs answers. */
async function removeStale(path: string): Promise<void> {
  try {
    const client = await ControlClient.connect(path);
    client.close();
  } catch (error) {
    if (isErrno((error as Error).cause, 'ECONNREFUSED')) rmSync(path);
    return;
  }
  throw new RelayError('ALREADY_EXISTS', `A relay runs at ${path} already; stop it, or choose another --run-directory`);
}
