import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startScript } from '../isolation/run-as.js';

/** Of what a process keeps: the flood is twice as much, and whoever kept it would end with SIGABRT. */
const HEAP_MIB = 48;

test.for(['pipe', 'file'])(
  'nothing of 100 MB is lost, and what is kept does not grow with it: %s',
  { timeout: 60_000 },
  async (output) => {
    const script = fileURLToPath(new URL('child/flooded.ts', import.meta.url));
    const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` };
    const child = startScript(script, { env, args: [output] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += String(bytes);
    });
    const [code, signal]: readonly unknown[] = await once(child, 'close');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    const told: { seen: string; told: string } = JSON.parse(text);
    expect(told).toMatchObject({ signal: 'SIGKILL', bytes: 100_400_000, kept: 1000, count: 400_001 });
    expect(told.seen).toBe(told.told);
  },
);
