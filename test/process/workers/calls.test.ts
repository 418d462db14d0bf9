import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { hasEnded } from '../../../src/process/proc/processes.js';
import { startWorker, startWorkers } from '../../../src/process/workers/start-worker.js';
import { failureOf } from '../failure-of.js';
import { COLLECTOR, startCollector, talkTo } from './start.js';

test('commands are called in the process of the worker, and what they answer is copied', async () => {
  const worker = await startCollector();
  expect(await worker.call('add', 1, 2)).toBe(3);
  expect(await worker.call('later', 'x')).toEqual({ text: 'x', when: new Date(0), bytes: new Uint8Array([1, 2]) });
  expect(await Promise.all([worker.call('add', 1, 1), worker.call('add', 2, 2), worker.call('count')])).toEqual([
    2, 4, 0,
  ]);
});

test('a collector of ten lines answers, and the test sees what it got and what it told', async () => {
  const worker = await startCollector({ name: 'left' });
  const talk = talkTo(worker);
  expect(await talk.ask({ value: 1 })).toEqual({ ack: 1 });
  expect(await talk.ask('two')).toEqual({ ack: 2 });
  const received = await worker.received();
  expect(received.map(({ message, connection }) => [message, connection])).toEqual([
    [{ value: 1 }, 1],
    ['two', 1],
  ]);
  expect(await worker.waitFor('got', { where: (count) => count > 1 })).toBe(2);
  expect((await worker.events()).map(({ name, value }) => [name, value])).toEqual([
    ['got', 1],
    ['got', 2],
  ]);
  talk.send(3, 4);
  expect(await worker.waitForMessages(4)).toHaveLength(4);
  expect(await worker.waitForMessage((message) => message === 4)).toMatchObject({ message: 4 });
});

test('what a command throws comes over with its name, message, code and stack', async () => {
  const worker = await startCollector();
  const error = await failureOf(worker.call('fail'));
  expect(error).toMatchObject({ name: 'RangeError', message: 'out of tea', code: 'ETEA', worker: 'collector' });
  expect(error.stack).toMatch(/^RangeError: out of tea\n[\s\S]*in worker "collector":\n\s+at [^\n]*collector\.ts:/);
});

test('a worker that exits during a call fails it with its end and what it wrote', async () => {
  const worker = await startCollector({ name: 'mortal' });
  const error = await failureOf(worker.call('die'));
  expect(
    error.message.replace(/after \d+ ms/, 'after N ms'),
  ).toBe(`Worker "mortal" has ended: it did not answer call("die")
  exit: it exited with code 7 after N ms
  the last it wrote:
    no more`);
  expect((await failureOf(worker.call('count'))).message).toContain('it cannot be asked: call("count")');
});

test('a rejection that nobody handles ends the worker, and the pending call tells of it', async () => {
  const worker = await startCollector();
  const error = await failureOf(worker.call('reject'));
  expect(error.message).toContain('exited with code 1');
  expect(error.message).toContain('nobody caught me');
});

test('a call that is never answered times out, and says what the worker does', async () => {
  const worker = await startCollector({ callTimeoutMs: 50 });
  expect((await failureOf(worker.call('hang'))).message).toBe(
    'Worker "collector" has not answered call("hang") in 50 ms; it is running and wrote nothing',
  );
  await worker.process.suspend();
  expect((await failureOf(worker.call('count'))).message).toContain('it is frozen and wrote nothing');
});

test('a command that there is not is refused with a suggestion', async () => {
  const worker = await startCollector();
  // @ts-expect-error there is no such command
  await expect(worker.call('cuont')).rejects.toThrow(
    'worker "collector": there is no command "cuont". Did you mean "count"?',
  );
  // @ts-expect-error it takes numbers
  expect(await worker.call('add', 'a', 'b')).toBe('ab');
  // @ts-expect-error functions are no data, and no numbers either
  await expect(worker.call('add', () => 1, 2)).rejects.toThrow(
    /call\("add"\): what is passed to another process must be data/,
  );
});

test('after a restart it is another process, asked by the same object', async () => {
  const worker = await startCollector();
  const first = worker.process.pid;
  expect(await talkTo(worker).ask('a')).toEqual({ ack: 1 });
  await worker.process.restart();
  expect(worker.process.pid).not.toBe(first);
  expect(await worker.call('count')).toBe(0);
  expect(await talkTo(worker).ask('b')).toEqual({ ack: 1 });
  expect((await worker.received()).map(({ message }) => message)).toEqual(['a', 'b']);
  await worker.process.kill();
  await worker.process.restart();
  expect(await worker.call('count')).toBe(0);
});

test('calls that are pending when it is restarted fail, those after it are answered', async () => {
  const worker = await startCollector();
  const hanging = failureOf(worker.call('hang'));
  await worker.process.restart();
  expect((await hanging).message).toContain('it did not answer call("hang")');
  expect(await worker.call('add', 2, 3)).toBe(5);
});

test('a worker that cannot start fails with its own error, and leaves nothing', async () => {
  const taken = await startCollector();
  const error = await failureOf(startWorker(COLLECTOR, { args: { port: taken.info.port } }));
  expect(error.message).toMatch(
    /^It is not ready: start\(\): listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+/,
  );
  expect(error.cause).toMatchObject({ code: 'EADDRINUSE', worker: 'collector' });
});

test.each([
  ['child/nothing.ts', 'it has no default export; write `export default defineWorker({ … })`'],
  [
    'child/bad.ts',
    '2 mistakes:\n  - "comands" is no option. Did you mean "commands"?\n  - start must be a function, not 1',
  ],
  ['child/throws.ts', 'start(): at the top'],
])('a module that defines no worker is told: %s', async (file, message) => {
  const error = await failureOf(startWorker(new URL(file, import.meta.url)));
  expect(error.message).toContain(message);
});

test('bad options are refused before anything is started, all at once', async () => {
  const error = await failureOf(
    // @ts-expect-error mistakes of every kind
    startWorker('collector.ts', { name: '', behaviours: [{ nth: 0 }], callTimeoutMs: -1, args: () => 1, ready: {} }),
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toBe(`startWorker: 7 mistakes:
  - module must be a file URL, such as new URL('./worker.ts', import.meta.url), or an absolute path, not "collector.ts"
  - name must be a string that is not empty, not ""
  - behaviours[0]: nth must be a whole number from 1, not 0
  - behaviours[0]: nothing to do is given: one of delayMs, answer, silent, garble, disconnect, crash, exit, stopReading, freeze
  - callTimeoutMs must be a finite number of milliseconds, 0 or more; received -1
  - ready is the worker's own, and cannot be given
  - args must be data that can be copied to another process: () => 1 could not be cloned.`);
  await expect(startWorker(new URL('./child/absent.ts', import.meta.url))).rejects.toThrow('there is no module');
  await expect(startWorker(fileURLToPath(COLLECTOR), { tiemoutMs: 1 } as object)).rejects.toThrow(
    '"tiemoutMs" is no option',
  );
});

test('the descriptor by which a worker is told what to do is its own', async () => {
  await expect(startWorker(COLLECTOR, { descriptors: { 3: 0 } })).rejects.toThrow(
    "startWorker: descriptors[3] is the worker's own, and cannot be given; those after it can",
  );
});

test('many are started at once, and none is left when one fails', async () => {
  const workers = await startWorkers<typeof import('./child/collector.js').default>(
    COLLECTOR,
    [0, 1, 2, 3, 4].map((index) => ({ name: `c${index}`, args: {} })),
  );
  expect(workers.map(({ name }) => name)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  expect(await Promise.all(workers.map((worker) => worker.call('count')))).toEqual([0, 0, 0, 0, 0]);
  const [first] = workers;
  const pids = workers.map(({ process }) => process.pid);
  const port = first?.info.port ?? 0;
  await expect(startWorkers(COLLECTOR, [{ args: {} }, { args: { port } }])).rejects.toThrow('EADDRINUSE');
  await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  expect(pids.map(hasEnded)).toEqual([true, true, true, true, true]);
});
