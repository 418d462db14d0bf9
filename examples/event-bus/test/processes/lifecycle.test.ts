import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { BusClient } from '../../src/client/bus-client.ts';
import { taskTopic } from '../../src/protocol/topics.ts';
import { statsWhen } from '../support/bus-under-test.ts';
import { describe, expect, test } from '../support/fixture.ts';

const PROCESS = taskTopic('process');

/** Says something to a broker, and gives all that it answers until it ends the conversation. */
async function say(address: string, words: string): Promise<unknown[]> {
  const socket = connect(address);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const closed = once(socket, 'close');
  socket.write(words);
  await closed;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

describe('The processes of a bus', () => {
  test('are asked, and end when they are told to', async ({ startBus }) => {
    const bus = await startBus();
    const collector = await bus.startCollector('c1');
    const asked = await bus.run('request', PROCESS, '{}');
    expect(JSON.parse(asked.stdout)).toMatchObject({ ok: true, by: 'c1', lost: [] });
    expect(JSON.parse((await bus.run('stats')).stdout)).toMatchObject({
      topics: { [PROCESS]: { waiting: 0, members: [{ name: 'c1', done: 1, state: 'present' }] } },
      tasks: { accepted: 1, done: 1 },
    });
    expect(await collector.stop()).toMatchObject({ code: 0 });
    expect(await bus.broker.stop()).toMatchObject({ code: 0 });
    expect(bus.broker.logs.text()).toBe('');
    expect(existsSync(bus.address)).toBe(false);
  });

  test('tell what went wrong', async ({ startBus }) => {
    const bus = await startBus();
    await bus.startCollector('c1', { kind: 'network' });
    expect(await bus.run('request', taskTopic('network'), '{"interface":"none0"}')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'bus: there is no interface "none0"\n',
    });
    expect(await bus.run('request', 'a..b')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'bus: "a..b" is no topic: words with dots between\nbus: --help tells what can be said\n',
    });
  });

  test('do not take the place of a broker that runs, but that of one that was killed', async ({
    startBus,
    directory,
  }) => {
    const bus = await startBus();
    const address = `${directory}/bus.sock`;
    const second = await bus.run('broker');
    expect(second).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `bus: Another broker runs at ${address}; stop it, or choose another address\n`,
    });
    // Nor its store, which it would else write anew without what comes meanwhile.
    const third = await bus.run('broker', '--store', `${directory}/store`, '--bus', `${directory}/other.sock`);
    expect(third).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `bus: Another broker has the store ${directory}/store; stop it, or choose another directory\n`,
    });
    await bus.broker.kill();
    expect(existsSync(address)).toBe(true);
    await bus.broker.restart();
    expect(await (await bus.connect()).stats()).toMatchObject({ sessions: 1 });
  });

  test('are not to be had where there is no broker', async ({ directory }) => {
    const address = `${directory}/nobody.sock`;
    await expect(BusClient.connect({ address, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `No broker answers at ${address} in 50 ms`,
    });
  });
});

describe('A stranger', () => {
  test('who does not know the protocol ends its own conversation, and no other', async ({ startBus }) => {
    const bus = await startBus();
    await bus.startCollector('c1');
    const client = await bus.connect();
    const error = (message: string) => [{ type: 'error', code: 'PROTOCOL', message }];
    expect(await say(bus.address, 'GET / HTTP/1.1\r\n\r\n')).toEqual(error('A line is no JSON: GET / HTTP/1.1\r'));
    expect(await say(bus.address, '{"type":"dance"}\n')).toEqual(error('This is no message: {"type":"dance"}'));
    expect(await say(bus.address, '{"type":"heartbeat"}\n')).toEqual(error('The first word is hello'));
    expect(await say(bus.address, '{"type":"hello","protocol":9,"name":"old"}\n')).toEqual(
      error('This broker speaks protocol 1, and not 9'),
    );
    expect(await client.request(PROCESS, {})).toMatchObject({ by: 'c1' });
    await statsWhen(client, 'strangers to be gone', ({ sessions }) => sessions === 2);
  });

  test('whose words come in pieces is understood', async ({ startBus }) => {
    const bus = await startBus();
    const socket = connect(bus.address);
    socket.setNoDelay(true);
    const words = '{"type":"hello","protocol":1,"name":"größe ✓"}\n{"type":"ask","question":5}\n';
    const answered = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (part: Buffer) => {
        text += part;
        if (text.split('\n').length > 2) resolve(text);
      });
    });
    for (const byte of Buffer.from(words)) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    const [welcome, answer] = (await answered).split('\n').map((line) => (line === '' ? '' : JSON.parse(line)));
    expect(welcome).toEqual({ type: 'welcome', heartbeatMs: 10_000 });
    expect(answer).toMatchObject({ type: 'answer', question: 5, stats: { sessions: 1 } });
    socket.destroy();
  });

  test('who takes the name of another takes its place', async ({ startBus }) => {
    const bus = await startBus();
    const first = await bus.connect('twin');
    const task = await first.submit(PROCESS, {});
    const second = await BusClient.connect({ address: bus.address, name: 'twin' });
    // Each drives the other out until one of them gives up.
    await second[Symbol.asyncDispose]();
    await bus.startCollector('c1');
    expect(await task.outcome).toMatchObject({ ok: true, by: 'c1' });
  });
});
