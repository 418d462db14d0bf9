import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ORDINARY_USER, startScript } from './run-as.js';

async function readAll(script: string, options: Parameters<typeof startScript>[1]): Promise<string> {
  const child = startScript(script, options);
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  await once(child, 'close');
  return text;
}

test('an ordinary user has programs that are isolated, and controls them as root does', async () => {
  const told: unknown = JSON.parse(await readAll('child/user-script.ts', { user: ORDINARY_USER }));
  expect(told).toEqual({
    uid: ORDINARY_USER,
    isolation: 'full',
    // Its own number, its own folder, a /proc of two: the init, and the shell that asks.
    looks: { code: 0, lines: [String(ORDINARY_USER), '/usr/bin', '2', 'none'] },
    exits: [
      { code: 139, lines: [] },
      { signal: 'SIGSEGV', lines: [] },
      { signal: 'SIGTERM', lines: [] },
    ],
    freeze: { states: ['suspended'], signal: 'SIGTERM' },
    leave: { left: 1, gone: true },
    restart: { another: true, code: 4 },
  });
});

test('where nobody may make user namespaces it is a group, and full isolation an error that says what forbids it', async () => {
  const told: unknown = JSON.parse(await readAll('child/forbidden-script.ts', { user: ORDINARY_USER }));
  expect(told).toEqual({
    isolation: 'none',
    code: 'ERR_GLOVEBOX_UNSUPPORTED',
    message:
      'isolation of processes is not available: this user may not make user namespaces, as user.max_user_namespaces is 0 ' +
      '(unshare: unshare failed: No space left on device). To mend it: sudo sysctl -w user.max_user_namespaces=15000 ' +
      '(until the next boot; a file in /etc/sysctl.d keeps it), or run as root',
  });
});
