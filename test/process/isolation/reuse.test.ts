import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { spawn } from '../../../src/process/spawn.js';
import { TYPESCRIPT } from '../../support/typescript.js';

const SCRIPT = fileURLToPath(new URL('child/pid-reuse.ts', import.meta.url));

test.skipIf(process.getuid?.() !== 0)('who has got the number of a program that has ended is left alone', async () => {
  // The first of a namespace has to ask how orphans ended; a shell does while it waits.
  const words = [
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'sh',
    '-c',
    '"$@"; exit $?',
    'init',
    process.execPath,
    ...TYPESCRIPT,
    SCRIPT,
  ];
  await using script = await spawn('unshare', words, { timeoutMs: 20_000 });
  await script.waitForExit({ timeoutMs: 20_000 });
  const ended = 'ERR_GLOVEBOX_PROCESS_ENDED';
  const answers = {
    pids: [],
    signal: ended,
    suspend: ended,
    stop: 'done',
    kill: 'done',
    dispose: 'done',
    survives: true,
  };
  expect(JSON.parse(script.logs.text())).toEqual({ leaveNothing: answers, leaveChild: answers });
});

test('a program that ends while it is signalled is signalled, or has ended', async () => {
  for (let round = 0; round < 20; round += 1) {
    await using program = await spawn('sh', ['-c', 'exit 0']);
    const failures: unknown[] = [];
    // Until its end is known: then, at the latest, a call comes too late.
    for (let isOver = false; !isOver; await once(AbortSignal.timeout(0), 'abort')) {
      isOver = program.state === 'ended';
      try {
        program.signal('SIGWINCH');
      } catch (error) {
        failures.push(error);
      }
    }
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'ERR_GLOVEBOX_PROCESS_ENDED' });
      expect(String(failure)).toContain('sh has ended: it cannot be sent SIGWINCH');
    }
  }
});
