/** Carries frames, in order, or ends. */
export interface Transport {
  /** How much waits to be sent. */
  readonly bufferedBytes: number;
  send(frame: Uint8Array): void;
  /** Tells the other end why, and ends. */
  close(reason: string): void;
  /** Ends at once; the other end may not hear of it. */
  destroy(): void;
}

export interface TransportEvents {
  onOpen(): void;
  onFrame(frame: Uint8Array): void;
  /** Once, whatever ended it, also when it never opened. */
  onClose(reason: string): void;
}

/** Begins a connection to the coordinator. */
export type Dial = (events: TransportEvents) => Transport;

/** A connection that somebody else has begun, and that is open. */
export type Accept = (transport: Transport) => Omit<TransportEvents, 'onOpen'>;
