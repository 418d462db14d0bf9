import process from 'node:process';
import { connectMessages } from '../../../src/messages/connect-messages.js';
import { serveMessages } from '../../../src/messages/message-server.js';

/** Four handlers that throw, of which nobody catches anything: told is what the process hears, and how each client ends. */
const told: string[] = [];
process.on('uncaughtException', (error) => told.push(`${error.message} | ${String(error.cause)}`));

const handlers: readonly ((message: unknown) => unknown)[] = [
  () => {
    throw new Error('no such task');
  },
  async () => {
    throw new TypeError('the store is closed');
  },
  () => 1n,
  () => Promise.reject('nothing'),
];
const messages = [{ type: 'submit', topic: 'tasks', text: 'x'.repeat(1000) }, 'plain', { id: 7, kind: 'next' }, [1, 2]];
for (const [index, handle] of handlers.entries()) {
  await using server = await serveMessages({ tcp: 0, host: '127.0.0.1' }, { handle });
  await using client = await connectMessages(server.address);
  client.send(messages[index]);
  await client.ended;
  told.push(`${told.pop()?.replaceAll(`:${server.port} `, ' ')}`);
}
process.stdout.write(`${JSON.stringify(told)}\n`);
