import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { defineWorker, type WorkerContext } from '../../../../src/process/workers/define-worker.js';

interface Args {
  readonly path: string;
}

let stopped = false;

// Every shape of stream at once, and a protocol that is none.
export default defineWorker({
  async start({ args, serve, dial, emit, take }: WorkerContext<Args, { client: string; pushed: string }>) {
    const frames = await serve({ unix: args.path, framing: 'length' }, (bytes) => Buffer.from(bytes).reverse());
    const lines = await serve({ tcp: 0, framing: 'lines' }, (line, connection) => {
      connection.send('wait');
      return line.toUpperCase();
    });
    const client = await dial({ tcp: lines.port, framing: 'lines' }, (line) => emit('client', line));
    client.send('hello\r');
    const udp = createSocket('udp4');
    udp.on('message', async (bytes, { port, address }) => {
      const answer = await take(bytes.toString(), () => `got ${bytes}`);
      if (answer !== undefined) udp.send(answer, port, address);
    });
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    return { frames: frames.port, lines: lines.port, udp: udp.address().port, close: () => {} };
  },
  commands: { isStopped: () => stopped },
  stop() {
    stopped = true;
    process.stderr.write('stopping\n');
  },
});
