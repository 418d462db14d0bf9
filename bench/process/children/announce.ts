// Tells on its standard output when it became ready, in nanoseconds of CLOCK_MONOTONIC, which all processes share:
// `fd` writes to READY_FD, `listen <port>` listens, each after some time, so that it is at no fixed moment of a poll.
import { writeSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';

const [, , how, port = '0'] = process.argv;
// What happens only once is behind it: the first server of Node takes milliseconds to load.
createServer().listen(0, () => setTimeout(announce, Math.random() * 20));

function announce(): void {
  const atNs = process.hrtime.bigint();
  // Without a host it listens at once, within the call.
  if (how === 'listen') createServer().listen(Number(port));
  else writeSync(Number(process.env['READY_FD']), '\n');
  process.stdout.write(`${atNs}\n`);
}
