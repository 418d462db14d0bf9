import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { acceptWebSocket, MAX_FRAME_BYTES } from '../connection/web-socket.ts';
import type { Coordinator } from './coordinator.ts';

export interface ListenOptions {
  /** 0 for one that is free. */
  readonly port: number;
  /** @defaultValue all addresses */
  readonly host?: string;
}

/** Where a coordinator is to be found: connections at `/fleet`, figures at `/metrics`, `/health`. */
export class CoordinatorServer {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  private constructor(coordinator: Coordinator) {
    this.#http = createServer((request, response) => {
      if (request.url === '/metrics')
        response.setHeader('content-type', 'text/plain; version=0.0.4').end(coordinator.metrics.render());
      else if (request.url === '/health') response.end('ok\n');
      else response.writeHead(404).end('there are /metrics, /health and, for WebSockets, /fleet\n');
    });
    this.#sockets = new WebSocketServer({
      server: this.#http,
      path: '/fleet',
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    this.#sockets.on('connection', (socket) => acceptWebSocket(socket, coordinator.accept));
  }

  /** @throws Error when nobody can listen there */
  static async listen(coordinator: Coordinator, { port, host }: ListenOptions): Promise<CoordinatorServer> {
    const server = new CoordinatorServer(coordinator);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject).listen(port, host, () => resolve());
    });
    return server;
  }

  get port(): number {
    // It listens on TCP.
    return (this.#http.address() as AddressInfo).port;
  }

  /** Takes nobody any more. */
  async close(): Promise<void> {
    this.#sockets.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
  }
}
