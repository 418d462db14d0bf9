import type { ClientOptions } from 'ws';
import { WebSocket } from 'ws';
import { MAX_MESSAGE_BYTES } from '../protocol/compression.ts';
import { SEAL_BYTES } from '../protocol/seal.ts';
import type { Accept, Dial, Transport, TransportEvents } from './transport.ts';

/** Longer frames are refused before there is memory for them. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + SEAL_BYTES;
/** Of a close frame's payload. */
const MAX_REASON_BYTES = 123;
/** What programs may use for their own purposes. */
const CLOSE_CODE = 4000;
/** How long the other end may take to answer a close frame. */
const CLOSING_MS = 1000;

/** Dials a WebSocket. `createConnection` says by what socket, if not by an ordinary one. */
export function dialWebSocket(url: string, options: Pick<ClientOptions, 'createConnection'> = {}): Dial {
  return (events) => {
    // Messages are compressed and measured one by one; TCP is closed when the coordinator is dead, not after a wait of ws.
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES, ...options });
    socket.on('open', () => events.onOpen());
    return watch(socket, events);
  };
}

/** Hands over a WebSocket that a server has accepted. */
export function acceptWebSocket(socket: WebSocket, accept: Accept): void {
  const events: { current?: ReturnType<Accept> } = {};
  const transport = watch(socket, {
    onFrame: (frame) => events.current?.onFrame(frame),
    onClose: (reason) => events.current?.onClose(reason),
  });
  events.current = accept(transport);
}

function watch(socket: WebSocket, events: Omit<TransportEvents, 'onOpen'>): Transport {
  let failure: string | undefined;
  socket.on('message', (data: Buffer) => events.onFrame(data));
  // It is closed next.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  socket.on('close', (code, reason) => {
    const said = reason.toString();
    events.onClose(failure ?? (said === '' ? `closed with code ${code}` : said));
  });
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close(reason) {
      socket.close(CLOSE_CODE, Buffer.from(reason).subarray(0, MAX_REASON_BYTES));
      setTimeout(() => socket.terminate(), CLOSING_MS).unref();
    },
    destroy: () => socket.terminate(),
  };
}
