import { closeSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

// What a round trip costs on this machine with nothing but sockets: `node bare-relay.ts relay|echo PATH`. Bytes go from whoever
// connects to the relay, to the echo, and back: as many processes and calls to the kernel as a task through a broker.
const [, , role, path = ''] = process.argv;
const ready = (): void => {
  writeSync(3, 'ready\n');
  closeSync(3);
};

if (role === 'echo') {
  createServer((socket) => void socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes))).listen(
    `${path}.echo`,
    ready,
  );
} else {
  createServer((socket) => {
    const echo = connect(`${path}.echo`);
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    };
    pass(socket, echo);
    pass(echo, socket);
  }).listen(path, ready);
}
