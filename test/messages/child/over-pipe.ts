import process from 'node:process';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { connectMessages } from '../../../src/messages/connect-messages.js';
import { MessageError } from '../../../src/messages/message-error.js';
import { serveMessages } from '../../../src/messages/message-server.js';

/**
 * What goes over a named pipe of Windows, as one line of JSON. Elsewhere a pipe's name is that of a file, which is made in
 * the working directory, and all of glovebox does as it does there: `node over-pipe.ts pretend`.
 */
if (process.argv[2] === 'pretend') Object.defineProperty(process, 'platform', { value: 'win32' });

const pipe = '\\\\.\\pipe\\glovebox-messages' as const;
const failureOf = (error: unknown): unknown => (error instanceof MessageError ? error.message : errnoOf(error));

const server = await serveMessages({ pipe }, { handle: (message) => message });
const client = await connectMessages(server.address, { reconnect: true });
const echo = await client.request({ text: 'x'.repeat(1_000_000) });
const second = await serveMessages({ pipe }).then(async (other) => {
  // Wine lets two have one name, which Windows does not.
  await other[Symbol.asyncDispose]();
  return 'two listen';
}, failureOf);
server.broadcast({ kind: 'news' });
const news = await client.waitForMessage((message) => Reflect.get(Object(message), 'kind') === 'news');
const wait = await server.waitForMessage(() => false, { timeoutMs: 1 }).catch((error: Error) => error.message);
await server[Symbol.asyncDispose]();

const next = await serveMessages({ pipe }, { handle: (message) => message });
await until(() => client.connectionCount === 2);
const again = await client.request({ n: 2 });
await client.close();
await next[Symbol.asyncDispose]();
const nobody = await connectMessages({ pipe }).catch(failureOf);

const { length } = JSON.stringify(echo);
const results = { port: server.port, address: server.address, length, second, news: news.message, wait, again, nobody };
process.stdout.write(`${JSON.stringify({ ...results, connections: client.connectionCount })}\n`);
