import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/message-of.js';
import { clearWakeEvent, Poller } from '../../native/poller.js';
import type { WireFrame } from './wire-frame.js';
import { WireLane } from './wire-lane.js';
import type { WireVerdict } from './wire-protocol.js';
import {
  COUNTS,
  countsAt,
  THREAD_ENDED,
  type WireCommand,
  type WireReport,
  type WireWorkerData,
} from './wire-protocol.js';

/** The thread is not to be stopped while it waits in the kernel: a process that ends waits for this at most. */
const LONGEST_WAIT_MS = 50;

// Not a module to import: it runs as a thread of its own, with its work as its data.
if (parentPort === null) throw new TypeError('wire-worker runs as a worker thread');
const port = parentPort;
const { wires, wakeFd, counts, done } = workerData as WireWorkerData;

const report = (what: WireReport): void => port.postMessage(what);
const lanes = wires.flatMap(({ fds, mtu, seed }, wire) =>
  [0, 1].map((direction) => {
    const at = countsAt(wire, direction);
    return new WireLane({
      from: fds[direction === 0 ? 0 : 1],
      to: fds[direction === 0 ? 1 : 0],
      direction,
      mtu,
      seed: (seed ^ direction) >>> 0,
      counts: counts.subarray(at, at + COUNTS.length),
      report: (error) => report({ kind: 'failed', wire, error: String(error) }),
    });
  }),
);
const asked = new Map<number, { readonly lane: WireLane; readonly bytes: Uint8Array }>();
let lastAsked = 0;

function finish(sequence: number): void {
  Atomics.store(done, 0, sequence);
  Atomics.notify(done, 0);
}

function lanesOf(wire: number): readonly WireLane[] {
  return lanes.slice(2 * wire, 2 * wire + 2);
}

function ask(wire: number, direction: number) {
  return (lane: WireLane, bytes: Uint8Array, index: number): void => {
    lastAsked += 1;
    asked.set(lastAsked, { lane, bytes });
    report({ kind: 'frame', frame: lastAsked, wire, direction, index, bytes });
  };
}

type Load = Extract<WireCommand, { readonly kind: 'load' }>;

/** Does a command, unless it takes an `await`. */
function obey(command: Exclude<WireCommand, Load | { readonly kind: 'stop' }>): void {
  if (command.kind !== 'verdict') for (const lane of lanesOf(command.wire)) lane.drain(performance.now());
  switch (command.kind) {
    case 'impair':
      lanesOf(command.wire)[command.direction]?.impair(command.settings, command.seed);
      break;
    case 'hold':
      lanesOf(command.wire)[command.direction]?.hold(command.held, performance.now());
      break;
    case 'intercept':
      for (const [direction, lane] of lanesOf(command.wire).entries()) {
        lane.intercept(command.by === 'main' ? { kind: 'ask', ask: ask(command.wire, direction) } : undefined);
      }
      break;
    case 'verdict': {
      const found = asked.get(command.frame);
      asked.delete(command.frame);
      found?.lane.settle(found.bytes, command.verdict, performance.now());
      return;
    }
  }
  finish(command.sequence);
}

/** Passes frames on until there is a command that takes an `await`, or the last one. */
function passFrames(): Load | undefined {
  const poller = new Poller([wakeFd, ...lanes.map(({ from }) => from)]);
  for (;;) {
    const next = lanes.reduce((earliest, lane) => Math.min(earliest, lane.nextMs), Number.POSITIVE_INFINITY);
    poller.wait(Math.min(LONGEST_WAIT_MS, next - performance.now()));
    if (poller.isReady(0)) {
      clearWakeEvent(wakeFd);
      for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
        const command = got.message as WireCommand;
        if (command.kind === 'stop') return undefined;
        if (command.kind === 'load') return command;
        obey(command);
      }
    }
    const now = performance.now();
    for (const [index, lane] of lanes.entries()) {
      lane.release(now);
      if (poller.isReady(index + 1)) lane.pull(now);
    }
  }
}

async function load({ wire, url, name, sequence }: Load): Promise<void> {
  try {
    const module: unknown = await import(url);
    const found: unknown = Reflect.get(Object(module), name);
    if (typeof found !== 'function') throw new TypeError(`it exports no function ${JSON.stringify(name)}`);
    const decide = (frame: WireFrame): WireVerdict => found(frame) as WireVerdict;
    for (const lane of lanesOf(wire)) lane.intercept({ kind: 'function', decide });
    report({ kind: 'loaded', sequence, failure: undefined });
  } catch (error) {
    report({ kind: 'loaded', sequence, failure: messageOf(error) });
  }
  finish(sequence);
}

let isToldToStop = false;
// The thread of the test may wait for a command with its event loop stopped, so it would not hear of `exit`.
process.once('exit', () => {
  if (!isToldToStop) finish(THREAD_ENDED);
});

report({ kind: 'ready' });
for (let command = passFrames(); command !== undefined; command = passFrames()) await load(command);
isToldToStop = true;
port.close();
