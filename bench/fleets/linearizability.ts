import type { RegisterOperation } from 'glovebox/scenarios';
import { createRandom } from '../../src/core/random.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { loadBuiltScenarios } from '../built-package.js';

const OPERATIONS = 10_000;
const CLIENTS = 10;
/** A checker of histories in Go, which nobody can install from npm. */
const PEER = 'porcupine';

/** Clients of a register that works: each operation takes effect at some moment while it is under way. */
function simulate(): readonly RegisterOperation[] {
  const random = createRandom(7);
  const freeMs = Array.from({ length: CLIENTS }, () => 0);
  const planned = Array.from({ length: OPERATIONS }, (_, index) => {
    const client = index % CLIENTS;
    const calledMs = (freeMs[client] ?? 0) + random.int(1, 20);
    const returnedMs = calledMs + random.int(1, 50);
    freeMs[client] = returnedMs;
    const kind = random.pick(['write', 'read', 'cas'] as const);
    const atMs = calledMs + random.float() * (returnedMs - calledMs);
    return { client: `c${client}`, calledMs, returnedMs, kind, value: random.int(0, 4), from: random.int(0, 4), atMs };
  });
  let state: number | null = null;
  return planned
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs: _, kind, value, from, ...when }): RegisterOperation => {
      if (kind === 'read') return { ...when, kind, value: state };
      const swapped = kind === 'write' || state === from;
      if (swapped) state = value;
      return kind === 'write' ? { ...when, kind, value } : { ...when, kind, from, value, swapped };
    });
}

async function measure(spoil: (history: RegisterOperation[]) => void, isRight: boolean): Promise<Measurement> {
  const { linearizableRegister } = await loadBuiltScenarios();
  const history = [...simulate()];
  spoil(history);
  const startMs = performance.now();
  const { ok, decided } = linearizableRegister(history);
  const ours = performance.now() - startMs;
  if (!decided || ok !== isRight) throw new Error(`the answer is wrong: ok is ${ok}, decided is ${decided}`);
  return { ours, peer: undefined, peerName: PEER };
}

export default [
  {
    group: 'fleets',
    name: 'linearizability of 10,000 operations of 10 clients that have an order',
    unit: 'ms',
    target: 1000,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => measure(() => {}, true),
  },
  {
    group: 'fleets',
    name: 'the same with a stale read near its end',
    unit: 'ms',
    target: 1000,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () =>
      measure((history) => {
        const last = Math.max(...history.map(({ returnedMs = 0 }) => returnedMs));
        history.push({ client: 'late', kind: 'write', value: 'new', calledMs: last + 1, returnedMs: last + 2 });
        history.push({ client: 'late', kind: 'read', value: 0, calledMs: last + 3, returnedMs: last + 4 });
      }, false),
  },
] satisfies readonly Benchmark[];
