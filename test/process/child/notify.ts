import { connectSocket, openSocket } from '../../../src/native/socket.js';
import { encodeAbstractAddress } from '../../../src/native/socket-address.js';
import { requireResult, systemCall } from '../../../src/native/system-call.js';

// Says what its arguments are by sd_notify, one message each, and stays.
const socket = openSocket('unix', 'datagram');
const name = process.env['NOTIFY_SOCKET']?.slice(1) ?? '';
connectSocket(socket.number, encodeAbstractAddress(name), 'reach NOTIFY_SOCKET');
for (const message of process.argv.slice(2)) {
  const bytes = new Uint8Array(Buffer.from(message));
  requireResult(systemCall('write', socket.number, bytes, bytes.length), { syscall: 'write', action: 'notify' });
}
setInterval(() => {}, 1000);
