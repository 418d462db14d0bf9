import { describe, expect, test, vi } from 'vitest';
import { AbortedError } from '../../../src/core/errors.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { pair } from '../../../src/netns/lab/templates.js';
import { assertLeaksNothing } from '../../../src/netns/leaks/assert-leaks-nothing.js';
import { needsNamespaces } from '../../needs-namespaces.js';
import { runChild } from './run-child.js';

needsNamespaces();
vi.setConfig({ testTimeout: 30_000 });

const wired = { hosts: { a: {}, b: {} }, links: { w: { ends: ['a', 'b'], wire: true } } } as const;

describe('a lab that cannot be made is told by the limit, leaves nothing, and a smaller one can', () => {
  test('open files', async () => {
    const { stdout, stderr } = await runChild('too-much.ts', [], ['prlimit', '--nofile=64:64']);
    expect({ stderr, ...JSON.parse(stdout) }).toEqual({
      stderr: '',
      error: expect.stringMatching(/^KernelError: .*EMFILE: .*The limit is ulimit -n, of open files/),
      leaks: [],
      isUp: true,
    });
  });

  test('namespaces', async () => {
    // The limit of a user namespace of its own: those of the machine are not touched.
    const limit = 'echo 12 > /proc/sys/user/max_net_namespaces && exec "$@"';
    const prefix = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--', 'sh', '-c', limit, 'sh'];
    const { stdout, stderr } = await runChild('too-much.ts', [], prefix);
    expect({ stderr, ...JSON.parse(stdout) }).toEqual({
      stderr: '',
      error: expect.stringMatching(/^KernelError: .*ENOSPC: .*The limit is user\.max_net_namespaces/),
      leaks: [],
      isUp: true,
    });
  });
});

test('an abort before a lab is built, or while it is, ends in an AbortedError with its reason, and leaves nothing', async () => {
  await assertLeaksNothing(async () => {
    const reason = new Error('enough');
    await expect(createLab(wired, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({ cause: reason });
    const controller = new AbortController();
    const lab = createLab(wired, { signal: controller.signal });
    controller.abort(reason);
    await expect(lab).rejects.toBeInstanceOf(AbortedError);
  });
});

test('a lab is closed twice at once, and again, and under its sockets, and leaves nothing', async () => {
  await assertLeaksNothing(async () => {
    const lab = await createLab(wired);
    await Promise.all([lab[Symbol.asyncDispose](), lab[Symbol.asyncDispose]()]);
    await lab[Symbol.asyncDispose]();

    await using second = await createLab(wired);
    const server = second.hosts.b.listen({ port: 80, host: second.hosts.b.address });
    const request = second.hosts.a.fetch('http://b/', { timeoutMs: 5000 });
    second.hosts.a.netns.close();
    second.hosts.b.netns.close();
    await expect(request).rejects.toThrow();
    expect(server.listening).toBe(false);
  });
});

test('a daemon, in a session of its own, ends with its lab', async () => {
  await assertLeaksNothing(async () => {
    await using lab = await createLab(pair());
    const { stdout } = await lab.hosts.left.$`setsid sleep 1000 > /dev/null 2>&1 & echo $!`;
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
