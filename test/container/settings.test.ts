import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startContainer } from '../../src/container/start-container.js';

const busybox = { busybox: true } as const;
const folder = mkdtempSync(join(tmpdir(), 'glovebox-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A root file system with a shell, in a folder of its own. */
function makeRootfs(name: string): string {
  const rootfs = join(folder, name);
  mkdirSync(join(rootfs, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(rootfs, 'bin/sh'));
  return rootfs;
}

test('stop asks with SIGTERM, and kills what does not listen', async () => {
  const polite = 'trap "echo asked; exit 7" TERM; echo up; while :; do sleep 0.05; done';
  await using listens = await startContainer({ image: busybox, command: ['sh', '-c', polite], ready: { log: 'up' } });
  expect(await listens.stop()).toEqual({ code: 7, isOutOfMemory: false });
  expect(listens.logs.text()).toBe('up\nasked\n');
  expect(listens.state).toBe('ended');
  // The first process of a pid namespace is not ended by a signal that it does not handle.
  await using deaf = await startContainer({ image: busybox });
  expect(await deaf.stop({ timeoutMs: 300 })).toEqual({ code: 137, isOutOfMemory: false });
});

test('ready.healthy waits for the health check of the image', async () => {
  const build = makeRootfs('healthy');
  const check = 'HEALTHCHECK --interval=100ms --timeout=5s --retries=100 CMD ["sh", "-c", "[ -e /ready ]"]';
  const command = 'CMD ["sh", "-c", "echo > /ready; while :; do sleep 0.1; done"]';
  writeFileSync(join(build, 'Dockerfile'), `FROM scratch\nCOPY bin /bin\nENV PATH=/bin\n${check}\n${command}\n`);
  await using container = await startContainer({ image: { build }, ready: { healthy: true } });
  expect((await container.readFile('/ready')).toString()).toBe('\n');
});

test('mounts are read-only unless it is said', async () => {
  const host = join(folder, 'shared');
  mkdirSync(host);
  writeFileSync(join(host, 'note'), 'from outside');
  const mounts = [
    { host, guest: '/kept' },
    { host, guest: '/open', writable: true },
  ];
  await using container = await startContainer({ image: busybox, mounts });
  expect((await container.run('cat', ['/kept/note'])).stdout).toBe('from outside');
  const refused = await container.run('sh', ['-c', 'echo x > /kept/note'], { allowFailure: true });
  expect(refused.stderr).toContain('Read-only file system');
  await container.run('sh', ['-c', 'echo inside > /open/note']);
  expect((await container.run('cat', ['/kept/note'])).stdout).toBe('inside\n');
});

test('capabilities are added and dropped', async () => {
  const read = ['sh', '-c', 'grep CapEff /proc/self/status; sleep 1000'];
  const bit = (text: string, number: number) =>
    (BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(text)?.[1] ?? '0'}`) >> BigInt(number)) & 1n;
  const spec = { image: busybox, command: read, ready: { log: 'CapEff' } };
  await using plain = await startContainer(spec);
  await using changed = await startContainer({ ...spec, addCapabilities: ['NET_ADMIN'], dropCapabilities: ['CHOWN'] });
  // capability.h: CAP_CHOWN is 0, CAP_NET_ADMIN is 12.
  expect([0, 12].map((number) => bit(plain.logs.text(), number))).toEqual([1n, 0n]);
  expect([0, 12].map((number) => bit(changed.logs.text(), number))).toEqual([0n, 1n]);
});

test('a root file system may be a tar file', async () => {
  const archive = join(folder, 'rootfs.tar');
  execFileSync('tar', ['--create', '--file', archive, '--directory', makeRootfs('packed'), '.']);
  await using container = await startContainer({
    image: { rootfs: archive },
    command: ['sh', '-c', 'echo from a tar'],
    ready: { exit: true },
  });
  expect(container.logs.text()).toBe('from a tar\n');
});
