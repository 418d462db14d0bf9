import { expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { Behaviours, findBehaviourMistakes } from '../../../src/process/workers/behaviour.js';
import { startCollector, talkTo } from './start.js';

test('a worker crashes on the nth message, which it has got and not answered', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  await worker.behave({ nth: 3, crash: 'before' });
  talk.send('a', 'b', 'c', 'd');
  expect(await worker.process.waitForExit()).toMatchObject({ signal: 'SIGKILL' });
  await talk.ended;
  expect([await talk.line(), await talk.line(), talk.pendingLines]).toEqual(['{"ack":1}', '{"ack":2}', 0]);
  expect((await worker.received()).map(({ message }) => message)).toEqual(['a', 'b', 'c']);
});

test('a worker crashes after an answer, or exits with a code', async () => {
  const worker = await startCollector({ behaviours: [{ nth: 1, crash: 'after' }] });
  const talk = talkTo(worker);
  expect(await talk.ask('a')).toEqual({ ack: 1 });
  expect(await worker.process.waitForExit()).toMatchObject({ signal: 'SIGKILL' });

  const other = await startCollector({ behaviours: [{ exit: 9 }] });
  talkTo(other).send('a');
  expect(await other.process.waitForExit()).toMatchObject({ code: 9 });
});

test('behaviours that a worker is started with are its behaviours after a restart too', async () => {
  const worker = await startCollector({ behaviours: [{ nth: 1, exit: 4 }] });
  talkTo(worker).send('a');
  await worker.process.waitForExit();
  await worker.process.restart();
  talkTo(worker).send('b');
  expect(await worker.process.waitForExit()).toMatchObject({ code: 4 });
});

test('a worker answers wrongly, or not at all, and behaves well again', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  await worker.behave({ from: 2, times: 2, answer: { ack: -1 } });
  expect([await talk.ask(1), await talk.ask(2), await talk.ask(3), await talk.ask(4)]).toEqual([
    { ack: 1 },
    { ack: -1 },
    { ack: -1 },
    { ack: 2 },
  ]);
  await worker.behave({ silent: true });
  talk.send('lost');
  await worker.waitForMessage((message) => message === 'lost');
  await worker.behaveWell();
  expect(await talk.ask(5)).toEqual({ ack: 3 });
});

test('a worker answers with bytes that are no message, or hangs up', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  await worker.behave({ nth: 1, garble: true });
  await worker.behave({ nth: 2, disconnect: true });
  talk.send(1);
  const line = await talk.line();
  expect(() => JSON.parse(line)).toThrow(SyntaxError);
  talk.send(2);
  await talk.ended;
  expect(worker.process.state).toBe('running');
});

test('a worker waits before it answers', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  await worker.behave({ delayMs: 60 });
  const startedAtMs = performance.now();
  expect(await talk.ask(1)).toEqual({ ack: 1 });
  expect(performance.now() - startedAtMs).toBeGreaterThan(58);
});

test('a worker stops reading, until what is sent to it fills the buffers; then it reads all of it', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  await worker.behave({ nth: 1, stopReading: true });
  expect(await talk.ask('first')).toEqual({ ack: 1 });
  const big = `${JSON.stringify('x'.repeat(1_048_576))}\n`;
  for (let round = 0; round < 16; round += 1) talk.sendText(big);
  // What the kernel does not take stays here.
  await until(async () => {
    const before = talk.socket.writableLength;
    await new Promise((resolve) => setImmediate(resolve));
    return before > 0 && before === talk.socket.writableLength;
  });
  expect(await worker.received()).toHaveLength(1);
  await worker.behaveWell();
  expect(await worker.waitForMessages(17)).toHaveLength(17);
  expect(talk.socket.writableLength).toBe(0);
});

test('a worker freezes on a message, and goes on when it is let', async () => {
  const worker = await startCollector({ callTimeoutMs: 100 });
  const talk = talkTo(worker);
  await worker.behave({ nth: 1, freeze: true });
  talk.send('a');
  await worker.waitForMessage((message) => message === 'a');
  await expect(worker.call('count')).rejects.toThrow('it is frozen');
  await worker.process.resume();
  expect(await talk.line()).toBe('{"ack":1}');
});

test('what is no message ends its connection, and is told in the log', async () => {
  const worker = await startCollector();
  const talk = talkTo(worker);
  talk.sendText('{ no JSON\n');
  await talk.ended;
  await worker.process.logs.waitForLine('connection 1: what came is no message: SyntaxError');
  expect(await talkTo(worker).ask('well')).toEqual({ ack: 1 });
});

test('all behaviours count messages, delays add up, and the first other effect decides', () => {
  const behaviours = new Behaviours();
  behaviours.add({ delayMs: 5 });
  behaviours.add({ from: 2, delayMs: 10 });
  behaviours.add({ nth: 2, silent: true });
  behaviours.add({ times: 1, from: 2, answer: 1 });
  expect(behaviours.treat()).toEqual({ delayMs: 5, effect: undefined });
  expect(behaviours.treat()).toEqual({ delayMs: 15, effect: { nth: 2, silent: true } });
  // The other had to give way, and has its one message yet.
  expect(behaviours.treat()).toEqual({ delayMs: 15, effect: { times: 1, from: 2, answer: 1 } });
  expect(behaviours.treat()).toEqual({ delayMs: 15, effect: undefined });
});

test('mistakes of a behaviour are told all at once', async () => {
  expect(findBehaviourMistakes('', { nth: 1.5, from: 2, crash: 'now', exit: 300, slient: true })).toEqual([
    '"slient" is no option. Did you mean "silent"?',
    'nth must be a whole number from 1, not 1.5',
    'nth is one message: from and times contradict it',
    'one effect at a time: crash and exit contradict each other',
    'crash must be "before" or "after" the message is handled, not "now"',
    'exit must be a code from 0 to 255, not 300',
  ]);
  expect(findBehaviourMistakes('behaviour', 'crash')).toEqual([
    'behaviour must be an object such as { nth: 3, crash: \'before\' }, not "crash"',
  ]);
  const worker = await startCollector();
  await expect(worker.behave({ nth: 1 })).rejects.toThrow('behave: nothing to do is given');
});
