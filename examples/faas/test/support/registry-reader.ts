// Reads a registry again and again until it is told to end: run by tests, beside its writers. It is ready once it has read.
import { closeSync, writeSync } from 'node:fs';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { Registry } from '../../src/registry/registry.ts';

const [, , path = ''] = process.argv;
const registry = new Registry(path);
let isOver = false;
process.on('SIGTERM', () => {
  isOver = true;
});
let last = 0;
for (let times = 1; ; times += 1) {
  const isLast = isOver;
  // It throws for a file that is half written.
  const count = Object.keys(registry.read()).length;
  if (count < last) throw new Error(`${path} had ${last} handlers, and has ${count}`);
  last = count;
  if (times === 1) {
    writeSync(3, 'ready\n');
    closeSync(3);
  }
  if (isLast) {
    process.stderr.write(`read ${times} times, last ${count}\n`);
    break;
  }
  await yieldToOthers();
}
