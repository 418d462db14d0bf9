import type { Server, Socket } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { FRAMINGS, type FramedMessage, type Framing, type FramingName } from '../../messages/framing.js';
import { dialTo, findAddressMistakes, listenAt, readPort, type StreamAddress } from '../../messages/stream-address.js';
import { FramedConnection, type MessageHandler } from './framed-connection.js';
import type { MessageGate } from './message-gate.js';

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
  constructor(server: Server, connections: ReadonlySet<FramedConnection<Message>>) {
    this.port = readPort(server);
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
    const server = await listenAt(address, (socket) => {
      const connection = this.#open(socket, framing, handle);
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    });
    return new FramedServer(server, connections);
  }

  async dial<F extends FramingName = 'json'>(
    address: StreamAddress & StreamFraming<F>,
    handle: MessageHandler<FramedMessage<F>> = () => undefined,
  ): Promise<FramedConnection<FramedMessage<F>>> {
    const framing = readFraming<F>('dial', address);
    return this.#open(await dialTo(address), framing, handle);
  }

  #open<Message>(
    socket: Socket,
    framing: Framing<Message>,
    handle: MessageHandler<Message>,
  ): FramedConnection<Message> {
    this.#count += 1;
    return new FramedConnection(this.#count, socket, { framing, gate: this.#gate, handle });
  }
}

/** @throws UsageError with every mistake */
function readFraming<F extends FramingName>(
  subject: string,
  address: StreamAddress & StreamFraming<F>,
): Framing<FramedMessage<F>> {
  const { framing = 'json' }: { readonly framing?: unknown } = address;
  const mistakes = [...findAddressMistakes(address)];
  if (typeof framing !== 'string' || !Object.hasOwn(FRAMINGS, framing))
    mistakes.push(`framing ${quote(framing)} is unknown; there are ${Object.keys(FRAMINGS).join(', ')}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  // What is not given is 'json', and so is F then.
  return FRAMINGS[framing as F];
}
