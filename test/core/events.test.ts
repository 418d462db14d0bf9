import { describe, expect, it } from 'vitest';
import { createEmitter } from '../../src/core/events.js';

type Events = { loaded: (name: string, id: number) => void; error: (error: Error) => void };

function makeEmitter() {
  const reports: [unknown, string | symbol][] = [];
  const events = createEmitter<Events>({ onListenerError: (error, event) => reports.push([error, event]) });
  return { events, reports };
}

describe('createEmitter', () => {
  it('calls the listeners in order, with the arguments, and says whether there were any', () => {
    const { events } = makeEmitter();
    const calls: string[] = [];
    events.on('loaded', (name, id) => calls.push(`first ${name} ${id}`));
    events.on('loaded', (name) => calls.push(`second ${name}`));
    expect(events.emit('loaded', 'prog_one', 1)).toBe(true);
    expect(calls).toEqual(['first prog_one 1', 'second prog_one']);
    events.removeAllListeners();
    expect(events.emit('loaded', 'prog_one', 1)).toBe(false);
  });

  it('calls a listener of once only once', () => {
    const { events } = makeEmitter();
    let calls = 0;
    events.once('loaded', () => {
      calls += 1;
    });
    events.emit('loaded', 'a', 1);
    events.emit('loaded', 'b', 2);
    expect(calls).toBe(1);
  });

  it('goes on past a listener that throws, and reports it', () => {
    const { events, reports } = makeEmitter();
    const failure = new Error('bad listener');
    const calls: string[] = [];
    events.on('loaded', () => {
      throw failure;
    });
    events.on('loaded', (name) => calls.push(name));
    expect(events.emit('loaded', 'prog_one', 1)).toBe(true);
    expect(calls).toEqual(['prog_one']);
    expect(reports).toEqual([[failure, 'loaded']]);
  });

  it('reports the rejection of an async listener', async () => {
    const { events, reports } = makeEmitter();
    const failure = new Error('late');
    events.on('loaded', async () => {
      throw failure;
    });
    events.emit('loaded', 'prog_one', 1);
    await Promise.resolve();
    expect(reports).toEqual([[failure, 'loaded']]);
  });

  it('needs no listener for an event called error', () => {
    expect(makeEmitter().events.emit('error', new Error('nobody listens'))).toBe(false);
  });

  it('checks names and arguments when it is compiled', () => {
    const { events } = makeEmitter();
    // @ts-expect-error: there is no such event
    expect(events.emit('unloaded')).toBe(false);
    // @ts-expect-error: the id is missing
    expect(events.emit('loaded', 'prog_one')).toBe(false);
  });
});
