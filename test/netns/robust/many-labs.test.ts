import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { runChild } from './run-child.js';

needsNamespaces();
vi.setConfig({ testTimeout: 600_000 });

/** The figure of the project is for three hundred of ten hosts: GLOVEBOX_LABS=300. */
const LABS = Number(process.env['GLOVEBOX_LABS'] ?? 15);
const WARM_UP = LABS > 100 ? 20 : 5;
const PROCESSES = 8;

interface Growth {
  readonly leaks: readonly string[];
  readonly growthMiB: number;
  readonly namespaces: number;
  readonly msPerLab: number;
}

test('labs one after the other leave no descriptor, process, thread or namespace, and little memory', async () => {
  const { stdout, stderr, exitCode } = await runChild('many-labs.ts', [WARM_UP, LABS, 10].map(String));
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  const growth = JSON.parse(stdout) as Growth;
  if (LABS > 100) process.stdout.write(`${stdout}\n`);
  expect(growth.leaks).toEqual([]);
  expect(growth.growthMiB).toBeLessThan(20);
});

test('eight processes make labs at once, of the same names and addresses, and nothing collides', async () => {
  const runs = Array.from({ length: PROCESSES }, () => runChild('many-labs.ts', ['1', '2', '5']));
  for (const { stdout, stderr, exitCode } of await Promise.all(runs)) {
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect((JSON.parse(stdout) as Growth).leaks).toEqual([]);
  }
});
