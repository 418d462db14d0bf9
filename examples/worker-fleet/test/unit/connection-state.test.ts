import { describe, expect, test } from 'vitest';
import { type ConnectionEvent, type ConnectionState, nextState } from '../../src/connection/connection-state.ts';

const STATES: readonly ConnectionState[] = ['idle', 'connecting', 'authenticating', 'connected', 'waiting', 'closed'];
const EVENTS: readonly ConnectionEvent[] = ['dial', 'opened', 'welcomed', 'lost', 'close'];

const ALLOWED: Readonly<Record<string, ConnectionState>> = {
  'idle dial': 'connecting',
  'connecting opened': 'authenticating',
  'connecting lost': 'waiting',
  'authenticating welcomed': 'connected',
  'authenticating lost': 'waiting',
  'connected lost': 'waiting',
  'waiting dial': 'connecting',
  ...Object.fromEntries(STATES.map((state) => [`${state} close`, 'closed' as const])),
};

describe('States of a connection', () => {
  test.for(STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const)))('%s, %s', ([state, event]) => {
    const next = ALLOWED[`${state} ${event}`];
    if (next === undefined) {
      const message = `a connection that is ${state} cannot have the event ${event}`;
      expect(() => nextState(state, event)).toThrow(message);
    } else expect(nextState(state, event)).toBe(next);
  });
});
