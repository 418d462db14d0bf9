// Runs in a container: gets connections from the host, and has a module of the image answer what is asked on them.
import { closeSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { Socket } from 'node:net';
import { receiveDescriptor, sendDescriptor } from '../system/descriptor-message.ts';
import { onWords } from './lines.ts';

const [DESCRIPTORS, WORDS] = [3, 4];

process.chdir(process.env['FAAS_CWD'] ?? '/');
const [, , path = '', ...args] = process.argv;
process.argv = [process.argv[0] ?? '', path, ...args];
const handler: { default: RequestListener; maxConnections?: number } = await import(path);
const words = new Socket({ fd: WORDS, readable: true, writable: true });
const server = createServer(handler.default);
let open = 0;

onWords(words, ['connection', 'stop'], (word) => {
  if (word === 'stop') process.exit(0);
  const fd = receiveDescriptor(DESCRIPTORS);
  if (fd === undefined) return;
  if (open >= (handler.maxConnections ?? Number.POSITIVE_INFINITY)) {
    sendDescriptor(DESCRIPTORS, fd);
    closeSync(fd);
    words.write('returned\n');
    return;
  }
  open += 1;
  const connection = new Socket({ fd, readable: true, writable: true });
  connection.on('close', () => {
    open -= 1;
  });
  connection.on('error', () => {});
  server.emit('connection', connection);
});
// The host is gone.
words.on('error', () => {});
words.on('close', () => process.exit(0));
words.write('ready\n');
