import type { Overflow } from '../../src/broker/bounded-buffer.ts';
import type { SubmittedTask } from '../../src/client/submissions.ts';
import { taskTopic } from '../../src/protocol/topics.ts';
import { type BusUnderTest, statsWhen } from '../support/bus-under-test.ts';
import { describe, expect, test } from '../support/fixture.ts';
import { begunBy, numbers, outcomesOf } from '../support/history.ts';

const PROCESS = taskTopic('process');
const BUFFER = 100;
const TASKS = numbers(200);
/** A task takes 100 ms, and twenty are done at once: a buffer takes half a second. */
const SLOW = { paceMs: 100, window: 20, concurrency: 20, isVerbose: true } as const;

/** A bus whose buffers hold 100, and 200 tasks at once for its one slow collector. */
async function overflow(
  startBus: (options: { buffer: number; overflow: Overflow }) => Promise<BusUnderTest>,
  policy: Overflow,
) {
  const bus = await startBus({ buffer: BUFFER, overflow: policy });
  const collector = await bus.startCollector('slow', SLOW);
  const client = await bus.connect();
  const submitted = client.submitAll(
    PROCESS,
    TASKS.map((n) => ({ n })),
  );
  return { client, collector, submitted };
}

/** Which of them were done, and what the others were told. */
async function sortOut(tasks: readonly SubmittedTask[]): Promise<{ done: number[]; codes: Record<string, number[]> }> {
  const done: number[] = [];
  const codes: Record<string, number[]> = {};
  for (const [n, outcome] of (await outcomesOf(tasks)).entries()) {
    if (outcome.ok) done.push(n);
    else codes[outcome.code] = [...(codes[outcome.code] ?? []), n];
  }
  return { done, codes };
}

describe('A buffer of 100 in front of a slow collector, and 200 tasks at once', () => {
  test('drop-oldest keeps exactly 100 to 199', async ({ startBus }) => {
    const { client, collector, submitted } = await overflow(startBus, 'drop-oldest');
    const tasks = await submitted;
    expect(tasks.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
    expect(await sortOut(tasks)).toEqual({ done: numbers(100, 100), codes: { DROPPED: numbers(100) } });
    await expect.poll(() => begunBy(collector)).toEqual(numbers(100, 100));
    expect((await client.stats()).tasks).toMatchObject({ accepted: 200, done: 100, dropped: 100 });
  });

  test('drop-newest keeps exactly 0 to 99', async ({ startBus }) => {
    const { client, collector, submitted } = await overflow(startBus, 'drop-newest');
    expect(await sortOut(await submitted)).toEqual({ done: numbers(100), codes: { DROPPED: numbers(100, 100) } });
    await expect.poll(() => begunBy(collector)).toEqual(numbers(100));
    expect((await client.stats()).tasks).toMatchObject({ accepted: 100, done: 100, dropped: 100 });
  });

  test('block slows the publisher, and loses nothing', async ({ startBus }) => {
    const { client, collector, submitted } = await overflow(startBus, 'block');
    // The last is taken on when there is room for it: when all but those in the buffer and in hand are done.
    const tasks = await submitted;
    expect((await client.stats()).tasks.done).toBeGreaterThanOrEqual(TASKS.length - BUFFER - SLOW.window);
    expect(await sortOut(tasks)).toEqual({ done: TASKS, codes: {} });
    await expect.poll(() => begunBy(collector)).toEqual(TASKS);
  });

  test('reject answers those it has no room for with an error', async ({ startBus }) => {
    const { client, collector, submitted } = await overflow(startBus, 'reject');
    const tasks = await submitted;
    expect(tasks.flatMap(({ refusal }, n) => (refusal === undefined ? [] : [n]))).toEqual(numbers(100, 100));
    expect(tasks.at(-1)?.refusal).toMatchObject({ code: 'QUEUE_FULL', message: 'The queue is full' });
    expect(await sortOut(tasks)).toEqual({ done: numbers(100), codes: { QUEUE_FULL: numbers(100, 100) } });
    await expect.poll(() => begunBy(collector)).toEqual(numbers(100));
    expect((await client.stats()).tasks).toMatchObject({ accepted: 100, done: 100, refused: 100 });
  });
});

describe('A full buffer', () => {
  test('answers one task with an error, where that is the policy, and takes the next when there is room', async ({
    startBus,
  }) => {
    const bus = await startBus({ buffer: 1, overflow: 'reject' });
    const client = await bus.connect();
    const first = await client.submit(PROCESS, {});
    await expect(client.submit(PROCESS, {})).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await bus.startCollector('c1');
    expect(await first.outcome).toMatchObject({ ok: true });
    expect(await client.request(PROCESS, {})).toMatchObject({ by: 'c1' });
  });

  test('whose publisher has left takes no more of its tasks', async ({ startBus }) => {
    const bus = await startBus({ buffer: 5, overflow: 'block' });
    const [leaving, staying] = [await bus.connect(), await bus.connect()];
    const submitted = leaving.submitAll(
      PROCESS,
      numbers(10).map((n) => ({ n })),
    );
    const gone = expect(submitted).rejects.toMatchObject({ code: 'CLOSED' });
    await statsWhen(staying, 'five to wait', ({ topics }) => topics[PROCESS]?.blocked === 5);
    await leaving[Symbol.asyncDispose]();
    await gone;
    await statsWhen(staying, 'the publisher to have left', ({ sessions }) => sessions === 1);
    const collector = await bus.startCollector('c1', { isVerbose: true });
    await staying.request(PROCESS, { n: 10 });
    await expect.poll(() => begunBy(collector)).toEqual([...numbers(5), 10]);
  });
});
