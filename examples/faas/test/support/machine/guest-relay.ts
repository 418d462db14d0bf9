// Runs in a virtual machine: leads connections of its network to sockets of its file system. The first line of each names the socket.
import { createConnection, createServer } from 'node:net';

const server = createServer((client) => {
  client.once('data', (chunk: Buffer) => {
    const end = chunk.indexOf('\n');
    const socket = createConnection(chunk.subarray(0, end).toString());
    client.on('error', () => socket.destroy());
    socket.on('error', () => client.destroy());
    socket.write(chunk.subarray(end + 1));
    client.pipe(socket).pipe(client);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
