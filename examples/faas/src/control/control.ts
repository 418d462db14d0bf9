import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { FaasError, messageOf } from '../errors.ts';
import type { Host } from '../host.ts';

/** Answers, at a socket in the file system, who wants handlers. */
export async function serveControl(path: string, host: Host, onShutdown: () => void): Promise<Server> {
  const server = createServer((incoming, response) => {
    fulfil(host, incoming, onShutdown).then(
      (answer) => response.end(JSON.stringify(answer ?? null)),
      (error: unknown) => {
        const code = error instanceof FaasError ? error.code : 'INTERNAL';
        response.writeHead(400).end(JSON.stringify({ code, message: messageOf(error) }));
      },
    );
  });
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

async function fulfil(host: Host, incoming: IncomingMessage, onShutdown: () => void): Promise<unknown> {
  const [, command, name = ''] = (incoming.url ?? '').split('/');
  switch (command) {
    case 'list':
      return host.list();
    case 'deploy':
      return host.deploy(name, String(await json(incoming)));
    case 'stop':
      return host.stop(name);
    case 'shutdown':
      return onShutdown();
    default:
      throw new FaasError('INVALID_ARGUMENT', `There is no such command: ${incoming.url}`);
  }
}

/** Asks a host. @throws FaasError with the code and the message of the host; Error when there is none */
export function ask(
  path: string,
  words: readonly string[],
  body?: string,
  connect: (path: string) => Duplex = createConnection,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { createConnection: () => connect(path), path: `/${words.join('/')}`, method: 'POST' };
    const asked = request(options, (response) => {
      text(response).then((said) => {
        const answer = JSON.parse(said);
        if (response.statusCode === 200) resolve(answer);
        else reject(new FaasError(answer.code, answer.message));
      }, reject);
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
