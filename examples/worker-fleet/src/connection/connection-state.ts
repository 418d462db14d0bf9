/**
 * - `idle`: not begun
 * - `connecting`: a connection is being made
 * - `authenticating`: each end proves to the other that it knows the secret
 * - `connected`: messages go both ways
 * - `waiting`: for the next attempt
 * - `closed`: over, for good
 */
export type ConnectionState = 'idle' | 'connecting' | 'authenticating' | 'connected' | 'waiting' | 'closed';

export type ConnectionEvent = 'dial' | 'opened' | 'welcomed' | 'lost' | 'close';

const NEXT: Readonly<Record<ConnectionState, Readonly<Partial<Record<ConnectionEvent, ConnectionState>>>>> = {
  idle: { dial: 'connecting', close: 'closed' },
  connecting: { opened: 'authenticating', lost: 'waiting', close: 'closed' },
  authenticating: { welcomed: 'connected', lost: 'waiting', close: 'closed' },
  connected: { lost: 'waiting', close: 'closed' },
  waiting: { dial: 'connecting', close: 'closed' },
  closed: { close: 'closed' },
};

/** What comes of an event. @throws TypeError when it cannot happen then */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const next = NEXT[state][event];
  if (next === undefined) throw new TypeError(`a connection that is ${state} cannot have the event ${event}`);
  return next;
}
