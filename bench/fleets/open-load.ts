import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load } from 'glovebox/scenarios';
import type { Benchmark, Measurement } from '../benchmark.js';
import { type BuiltScenarios, loadBuiltScenarios } from '../built-package.js';

const SERVER = fileURLToPath(new URL('./children/echo-server.ts', import.meta.url));
const RATE_PER_SECOND = 20_000;
const DURATION_MS = 4000;
const MESSAGE_BYTES = 64;
const BARE = 'the same messages by a bare timer';

/** A connection to an echo in another process. */
async function withEcho<R>(use: (socket: Socket) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-bench-'));
  const path = join(folder, 'echo');
  const server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(server.stdout, 'data');
    const socket = connect(path);
    await once(socket, 'connect');
    const result = await use(socket);
    socket.destroy();
    return result;
  } finally {
    const exit = once(server, 'exit');
    server.kill();
    await exit;
    rmSync(folder, { recursive: true });
  }
}

/** Gathers messages, and writes them together; tells the number of each that comes back. */
class Messages {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(MESSAGE_BYTES * 1024);
  #used = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onAnswer: (id: number) => void) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
      let at = 0;
      for (; at + MESSAGE_BYTES <= all.length; at += MESSAGE_BYTES) onAnswer(all.readUInt32LE(at));
      this.#rest = all.subarray(at);
    });
  }

  readonly add = (id: number): void => {
    if (this.#used === this.#buffer.length) this.flush();
    this.#buffer.writeUInt32LE(id, this.#used);
    this.#used += MESSAGE_BYTES;
  };

  readonly flush = (): void => {
    if (this.#used === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#used));
    this.#buffer = Buffer.alloc(this.#buffer.length);
    this.#used = 0;
  };
}

/** How much of one processor this process used, in percent. */
async function measureCpu(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - startMs) / 0.01;
}

type CreateLoad = (socket: Socket, built: BuiltScenarios) => Load;

/** Runs a load as a scenario, and insists that all of it was done. */
async function runLoad(create: CreateLoad): Promise<number> {
  const built = await loadBuiltScenarios();
  const { defineScenario, runScenario } = built;
  return withEcho((socket) =>
    measureCpu(async () => {
      const scenario = defineScenario({
        name: 'open load',
        actors: (run) => void run.actor('echo'),
        load: () => create(socket, built),
      });
      const { load } = await runScenario(scenario, { seed: 1 });
      const count = (RATE_PER_SECOND * DURATION_MS) / 1000;
      if (load[0]?.succeeded !== count) throw new Error(`of ${count} messages, ${load[0]?.succeeded} were answered`);
    }),
  );
}

function sendLoad(socket: Socket, { steady }: BuiltScenarios): Load {
  let succeed = (_id: number): void => {};
  const messages = new Messages(socket, (id) => succeed(id));
  return steady({
    ratePerSecond: RATE_PER_SECOND,
    durationMs: DURATION_MS,
    send: (arrival, outcomes) => {
      succeed = outcomes.succeed;
      messages.add(arrival.id);
    },
    flush: messages.flush,
  });
}

function performLoad(socket: Socket, { steady }: BuiltScenarios): Load {
  const waiting = new Map<number, () => void>();
  const messages = new Messages(socket, (id) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  let isFlushDue = false;
  return steady({
    ratePerSecond: RATE_PER_SECOND,
    durationMs: DURATION_MS,
    perform: ({ id }) =>
      new Promise<void>((resolve) => {
        waiting.set(id, resolve);
        messages.add(id);
        if (isFlushDue) return;
        isFlushDue = true;
        process.nextTick(() => {
          isFlushDue = false;
          messages.flush();
        });
      }),
  });
}

/** As many messages a second by nothing but a timer: what the sockets themselves take. */
async function runBare(): Promise<number> {
  return withEcho((socket) =>
    measureCpu(async () => {
      const count = (RATE_PER_SECOND * DURATION_MS) / 1000;
      let sent = 0;
      let answered = 0;
      await new Promise<void>((resolve) => {
        const messages = new Messages(socket, () => {
          answered += 1;
          if (answered === count) resolve();
        });
        const startMs = performance.now();
        const timer = setInterval(() => {
          const due = Math.min(count, ((performance.now() - startMs) * RATE_PER_SECOND) / 1000);
          for (; sent < due; sent += 1) messages.add(sent);
          messages.flush();
          if (sent === count) clearInterval(timer);
        }, 1);
      });
    }),
  );
}

const compareLoad = async (create: CreateLoad): Promise<Measurement> => ({
  ours: await runLoad(create),
  peer: await runBare(),
  peerName: BARE,
});

export default [
  {
    group: 'fleets',
    name: 'an open load of 20,000 messages a second through a Unix socket, all that the process uses',
    unit: '% of a processor',
    target: 25,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => compareLoad(sendLoad),
  },
  {
    group: 'fleets',
    name: 'the same load with a promise for each message',
    unit: '% of a processor',
    target: 25,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => compareLoad(performLoad),
  },
] satisfies readonly Benchmark[];
