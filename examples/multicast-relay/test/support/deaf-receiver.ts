// A program that joins a group and has hardly any buffer: run by tests, which then suspend it.
import { createSocket } from 'node:dgram';

const [, , group = '', port = '', address] = process.argv;
const socket = createSocket({ type: 'udp4', recvBufferSize: 2048 });
socket.bind(Number(port), () => {
  socket.addMembership(group, address);
  process.stdout.write('ready\n');
});
