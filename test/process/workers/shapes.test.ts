import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startWorker } from '../../../src/process/workers/start-worker.js';
import { createFolder } from '../../support/create-folder.js';
import { keep } from '../../support/keep.js';

async function startShapes() {
  const folder = createFolder();
  const path = join(folder, 'frames.sock');
  const module = new URL('./child/shapes.ts', import.meta.url);
  const worker = keep(await startWorker<typeof import('./child/shapes.js').default>(module, { args: { path } }));
  return { worker, path };
}

test('frames over a Unix socket, lines over TCP, a client: each is a line of a worker', async () => {
  const { worker, path } = await startShapes();
  // Methods do not cross.
  expect(Object.keys(worker.info)).toEqual(['frames', 'lines', 'udp']);
  const socket = connect(path);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(Buffer.from([0, 0]));
  socket.write(Buffer.from([0, 3, 1, 2, 3, 0, 0, 0, 0]));
  let answer: Buffer = Buffer.alloc(0);
  while (answer.length < 11) {
    const [bytes]: Buffer[] = await once(socket, 'data');
    answer = Buffer.concat([answer, bytes ?? Buffer.alloc(0)]);
  }
  expect([...answer]).toEqual([0, 0, 0, 3, 3, 2, 1, 0, 0, 0, 0]);
  expect(await worker.waitFor('client', { where: (line) => line !== 'wait' })).toBe('HELLO');
});

test('a protocol of another kind passes its messages through the same behaviours', async () => {
  const { worker } = await startShapes();
  // What its own client gets counts too.
  await worker.waitFor('client', { where: (line) => line === 'HELLO' });
  const socket = createSocket('udp4');
  onTestFinished(() => {
    socket.close();
  });
  const ask = async (text: string): Promise<string> => {
    socket.send(text, worker.info.udp, '127.0.0.1');
    const [bytes] = await once(socket, 'message');
    return String(bytes);
  };
  expect(await ask('a')).toBe('got a');
  await worker.behave({ nth: 1, answer: 'a lie' });
  await worker.behave({ nth: 2, crash: 'before' });
  expect(await ask('b')).toBe('a lie');
  socket.send('c', worker.info.udp, '127.0.0.1');
  expect(await worker.process.waitForExit()).toMatchObject({ signal: 'SIGKILL' });
  const texts = (await worker.received()).filter(({ connection }) => connection === undefined);
  expect(texts.map(({ message }) => message)).toEqual(['a', 'b', 'c']);
});

test('a worker that has something to do at its end does it at SIGTERM', async () => {
  const { worker } = await startShapes();
  expect(await worker.process.stop()).toMatchObject({ code: 0 });
  expect(worker.process.logs.tail()).toEqual(['stopping']);
});
