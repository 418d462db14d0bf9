import type { Frame } from './frame.js';

/** What a command or a file needs of the connection. */
export interface AgentLink {
  send(type: number, id: number, payload: Uint8Array): void;
  /** Stops listening for an id. */
  forget(id: number): void;
}

/** What is told of an id. */
export interface Channel {
  handle(frame: Frame): void;
  /** The connection is gone. */
  fail(error: Error): void;
}
