import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ConnectMessagesOptions, connectMessages } from '../../src/messages/connect-messages.js';
import type { MessageClient } from '../../src/messages/message-client.js';
import { type MessageServer, type ServeMessagesOptions, serveMessages } from '../../src/messages/message-server.js';
import type { AnyFraming, MessageOf } from '../../src/messages/message-settings.js';
import type { StreamAddress } from '../../src/messages/stream-address.js';
import { createFolder } from '../support/create-folder.js';
import { keep } from '../support/keep.js';

/** A path for a Unix socket, which is gone with the test. */
export function socketPath(): string {
  const folder = createFolder();
  return join(folder, 'bus.sock');
}

/** A server that ends with the test. */
export async function serve<F extends AnyFraming = 'json'>(
  options: ServeMessagesOptions<F> = {},
  address: StreamAddress = { unix: socketPath() },
): Promise<MessageServer<MessageOf<F>>> {
  return keep(await serveMessages(address, options));
}

/** A client that ends with the test. */
export async function dial<F extends AnyFraming = 'json'>(
  address: StreamAddress,
  options: ConnectMessagesOptions<F> = {},
): Promise<MessageClient<MessageOf<F>>> {
  return keep(await connectMessages(address, options));
}

/** A stranger, who sends what it likes; ends with the test. */
export async function stranger(address: StreamAddress): Promise<Socket> {
  const socket = 'unix' in address ? connect(address.unix) : connect(Reflect.get(address, 'tcp'), '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return socket;
}
