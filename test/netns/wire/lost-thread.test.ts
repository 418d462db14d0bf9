import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { assertLeaksNothing } from '../../../src/netns/leaks/assert-leaks-nothing.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const LOST = 'The thread of the wires ended with code 7; no frame passes a wire of this lab any more';
const createWired = () =>
  createLab({ hosts: { a: {}, b: {} }, links: { cable: { ends: ['a', 'b'], wire: true }, plain: ['a', 'b'] } });

describe('a lab whose wires have lost their thread', () => {
  test('says so at the next use of a wire and when it ends, and leaves nothing', async () => {
    await assertLeaksNothing(async () => {
      const lab = await createWired();
      const { cable, plain } = lab.links;
      const slow = cable.impair({ aToB: { delayMs: 1 } });
      await cable.intercept({ module: new URL('./end-thread.ts', import.meta.url), export: 'endThread' });
      await lab.hosts.a.udp().send('x', 7000, lab.hosts.b.address);
      await until(() => {
        try {
          cable.release();
          return false;
        } catch (error) {
          return String(error).includes(LOST);
        }
      });
      const lost = expect.objectContaining({ code: 'ERR_GLOVEBOX_THREAD_ENDED', message: LOST });
      expect(() => cable.impair({ aToB: { delayMs: 1 } })).toThrow(lost);
      expect(() => slow[Symbol.dispose]()).toThrow(lost);
      expect(() => cable.hold()).toThrow(lost);
      expect(plain.isUp).toBe(true);
      expect(cable.counts('aToB').received).toBeGreaterThan(0);
      await expect(lab[Symbol.asyncDispose]()).rejects.toThrow(LOST);
    });
  });

  test('says so to who waits for a command with the event loop stopped', async () => {
    const lab = await createWired();
    const { cable } = lab.links;
    cable.hold();
    const before = cable.counts('aToB').received;
    await cable.intercept({ module: new URL('./end-thread.ts', import.meta.url), export: 'endThread' });
    await lab.hosts.a.udp().send('x', 7000, lab.hosts.b.address);
    await until(() => cable.counts('aToB').received > before);
    // What was held meets the function that ends the thread.
    expect(() => cable.release()).toThrow('The thread of the wires ended; no frame passes a wire of this lab any more');
    await expect(lab[Symbol.asyncDispose]()).rejects.toThrow(LOST);
  });

  test('says so to who waits for a module, with what was thrown', async () => {
    const lab = await createWired();
    const module = new URL('./fail-later.ts', import.meta.url);
    const failed = /The thread of the wires failed: Error: too late to be caught; no frame passes/;
    await expect(lab.links.cable.intercept({ module })).rejects.toThrow(failed);
    await expect(lab[Symbol.asyncDispose]()).rejects.toThrow(failed);
  });
});

test('a thread that finds no descriptor names the limit', () => {
  const child = fileURLToPath(new URL('./child/without-descriptors.ts', import.meta.url));
  const hooks = fileURLToPath(new URL('../../../scripts/typescript-hooks.mjs', import.meta.url));
  const command = `ulimit -n 200; exec "$0" --import "$1" "$2"`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, hooks, child], { encoding: 'utf8' });
  expect(stdout, stderr).toMatch(
    /^The thread of the wires failed: .*EMFILE.*\. The limit is ulimit -n, of open files: a thread takes about ten; no frame passes a wire of this lab any more$/,
  );
});
