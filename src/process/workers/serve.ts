import { connect, createServer, type Server, type Socket } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { FramedConnection, type MessageHandler } from './framed-connection.js';
import { FRAMINGS, type FramedMessage, type Framing, type FramingName } from './framing.js';
import type { MessageGate } from './message-gate.js';

/** Where a worker listens, or whom it calls: a port of TCP (0 is one that is free), or the path of a Unix socket. */
export type StreamAddress =
  | { readonly tcp: number /** @defaultValue all addresses; `127.0.0.1` to call */; readonly host?: string }
  | { readonly unix: string };

/** How messages lie in the stream. @defaultValue `{ framing: 'json' }` */
export interface StreamFraming<F extends FramingName = FramingName> {
  readonly framing?: F;
}

/** A server of a worker. */
export class FramedServer<Message> {
  /** The port that it listens on; 0 for a Unix socket. */
  readonly port: number;
  readonly #server: Server;
  readonly #connections: ReadonlySet<FramedConnection<Message>>;

  /** @internal Use `serve` of a worker's context. */
  constructor(server: Server, port: number, connections: ReadonlySet<FramedConnection<Message>>) {
    this.port = port;
    this.#server = server;
    this.#connections = connections;
  }

  /** Sends a message to everyone who is connected. */
  broadcast(message: Message): void {
    for (const connection of this.#connections) connection.send(message);
  }

  /** Listens no more; those who are connected stay. */
  close(): void {
    this.#server.close();
  }
}

/** Makes the streams of one worker. */
export class StreamMaker {
  readonly #gate: MessageGate;
  #count = 0;

  constructor(gate: MessageGate) {
    this.#gate = gate;
  }

  async serve<F extends FramingName = 'json'>(
    address: StreamAddress & StreamFraming<F>,
    handle: MessageHandler<FramedMessage<F>>,
  ): Promise<FramedServer<FramedMessage<F>>> {
    const framing = readFraming<F>('serve', address);
    const connections = new Set<FramedConnection<FramedMessage<F>>>();
    const server = createServer((socket) => {
      const connection = this.#open(socket, framing, handle);
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const listening = (): void => resolve();
      if ('unix' in address) server.listen(address.unix, listening);
      else server.listen({ port: address.tcp, ...(address.host !== undefined && { host: address.host }) }, listening);
    });
    const bound = server.address();
    return new FramedServer(server, typeof bound === 'object' && bound !== null ? bound.port : 0, connections);
  }

  async dial<F extends FramingName = 'json'>(
    address: StreamAddress & StreamFraming<F>,
    handle: MessageHandler<FramedMessage<F>> = () => undefined,
  ): Promise<FramedConnection<FramedMessage<F>>> {
    const framing = readFraming<F>('dial', address);
    const socket = await new Promise<Socket>((resolve, reject) => {
      const made =
        'unix' in address
          ? connect(address.unix)
          : connect({ port: address.tcp, host: address.host ?? '127.0.0.1', noDelay: true });
      made.once('error', reject);
      made.once('connect', () => {
        made.off('error', reject);
        resolve(made);
      });
    });
    return this.#open(socket, framing, handle);
  }

  #open<Message>(
    socket: Socket,
    framing: Framing<Message>,
    handle: MessageHandler<Message>,
  ): FramedConnection<Message> {
    socket.setNoDelay(true);
    this.#count += 1;
    return new FramedConnection(this.#count, socket, { framing, gate: this.#gate, handle });
  }
}

/** @throws UsageError with every mistake */
function readFraming<F extends FramingName>(
  subject: string,
  address: StreamAddress & StreamFraming<F>,
): Framing<FramedMessage<F>> {
  const { tcp, unix, framing = 'json' }: { tcp?: unknown; unix?: unknown; framing?: unknown } = address;
  const mistakes: string[] = [];
  if ((tcp === undefined) === (unix === undefined))
    mistakes.push(`either { tcp: port } or { unix: path } must be given, not ${quote(address)}`);
  if (tcp !== undefined && !(typeof tcp === 'number' && Number.isInteger(tcp) && tcp >= 0 && tcp <= 0xffff))
    mistakes.push(`tcp must be a port from 0 to 65535, not ${quote(tcp)}`);
  if (unix !== undefined && (typeof unix !== 'string' || unix === ''))
    mistakes.push(`unix must be a path, not ${quote(unix)}`);
  if (typeof framing !== 'string' || !Object.hasOwn(FRAMINGS, framing))
    mistakes.push(`framing ${quote(framing)} is unknown; there are ${Object.keys(FRAMINGS).join(', ')}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  // What is not given is 'json', and so is F then.
  return FRAMINGS[framing as F];
}
