// Run with few descriptors: starts the thread of wires with none left.
import { closeSync, openSync } from 'node:fs';
import { WireSwitch } from '../../../../src/netns/wire/wire-switch.js';

// Everything is loaded, which takes descriptors too. It ends before they run out: its thread may not have all it needs yet.
{
  await using first = new WireSwitch([], { [Symbol.dispose]: () => {} });
  await first.ready;
}
const taken: number[] = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch {
  closeSync(taken.pop() ?? -1);
}
const wires = new WireSwitch([], { [Symbol.dispose]: () => {} });
const failure = await wires.ready.catch((error: unknown) => error);
for (const fd of taken) closeSync(fd);
process.stdout.write(failure instanceof Error ? failure.message : 'it started');
await wires[Symbol.asyncDispose]().catch(() => undefined);
