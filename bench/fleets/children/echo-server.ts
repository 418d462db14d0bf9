// Sends back whatever comes, on a Unix socket: the peer of the load benchmarks, in a process of its own.
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('error', () => {});
});
server.listen(process.argv[2], () => process.stdout.write('up\n'));
