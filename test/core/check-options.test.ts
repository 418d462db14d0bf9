import { expect, test } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import { RealClock } from '../../src/core/real-clock.js';
import { Scope } from '../../src/core/scope.js';
import { until } from '../../src/core/until.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';

const random = createRandom(1);
const clock = new VirtualClock();

/** Calls as JavaScript may, whatever the types say. */
const call = (fn: (...args: never[]) => unknown, self: unknown, ...args: readonly unknown[]): unknown =>
  Reflect.apply(fn, self, args);

test.each<[string, () => unknown, string]>([
  ['Scope', () => Reflect.construct(Scope, [null]), 'Scope: options must be an object; received null'],
  ['VirtualClock', () => Reflect.construct(VirtualClock, [5]), 'VirtualClock: options must be an object; received 5'],
  ['runAll', () => call(clock.runAll, clock, null), 'VirtualClock.runAll: options must be an object; received null'],
  ['until', () => call(until, undefined, () => 1, null), 'until: options must be an object; received null'],
  [
    'until with others of the wrong kind',
    () => call(until, undefined, () => 1, { clock: {}, signal: 5 }),
    'until: 2 mistakes:\n  - clock must be a Clock; received {}\n  - signal must be an AbortSignal; received 5',
  ],
  [
    'a timer of a virtual clock',
    () => call(clock.setTimer, clock, 5, -1),
    'VirtualClock.setTimer: 2 mistakes:\n  - callback must be a function; received 5\n  - delayMs must be a finite number of milliseconds, 0 or more; received -1',
  ],
  [
    'a timer of the real clock',
    () => call(new RealClock().setTimer, new RealClock(), null, 1),
    'RealClock.setTimer: callback must be a function; received null',
  ],
  ['pick', () => call(random.pick, random, null), 'random.pick: list must be an array; received null'],
  ['shuffle', () => call(random.shuffle, random, 5), 'random.shuffle: list must be an array; received 5'],
  [
    'chance',
    () => call(random.chance, random, '0.5'),
    'random.chance: probability must be from 0 to 1; received "0.5"',
  ],
])('%s refuses what it cannot use, quoting it', async (_what, act, message) => {
  const failure = await Promise.resolve()
    .then(act)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'UsageError', message });
  expect(clock.pendingTimers).toBe(0);
});
