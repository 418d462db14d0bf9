import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TYPESCRIPT } from '../../support/typescript.js';
import { needsBpf } from './needs-bpf.js';

needsBpf();

const NODE = [process.execPath, ...TYPESCRIPT, fileURLToPath(new URL('child/surroundings.ts', import.meta.url))];
const NO_MOUNTS = 'nothing may be mounted here, even in a mount namespace';
const NOBODY = { uid: 65_534, gid: 65_534 };

/** What the child says there; `undefined` where such surroundings cannot be made. */
function ask(
  [command = '', ...args]: readonly string[],
  user: { readonly uid?: number; readonly gid?: number } = {},
): Readonly<Record<string, string>> | undefined {
  const child = spawnSync(command, [...args, ...NODE], { encoding: 'utf8', ...user });
  if (child.error !== undefined || /^(?:unshare|setpriv|mount): /.test(child.stderr)) return undefined;
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout) as Record<string, string>;
}

/** In mount and network namespaces of its own, with nothing at a path. */
function without(path: string): readonly string[] {
  return ['unshare', '--mount', '--net', 'sh', '-c', `mount -t tmpfs none ${path} && exec "$@"`, 'sh'];
}

test('without procfs, whatever needs it says so and how to mount it', (context) => {
  const answers = ask(without('/proc'));
  context.skip(answers === undefined, NO_MOUNTS);
  const missing = expect.stringMatching(
    /^UnsupportedError: procfs is not available: nothing is mounted at \/proc, .*mount -t proc proc \/proc$/,
  ) as string;
  expect(answers).toEqual({ kernel: missing, resolver: missing, driver: missing });
});

test('without sysfs, what needs it says so, and all else works', (context) => {
  const answers = ask(without('/sys'));
  context.skip(answers === undefined, NO_MOUNTS);
  const missing = (what: string) =>
    expect.stringMatching(
      new RegExp(
        `^UnsupportedError: ${what} is not available: nothing is mounted at /sys, .*mount -t sysfs sysfs /sys$`,
      ),
    ) as string;
  expect(answers).toEqual({
    load: 'ok',
    'load fentry': missing("the kernel's BTF"),
    'attach xdp': 'ok',
    'attach uprobe': missing('uprobes'),
    map: missing('maps with a value for each CPU'),
    createClsact: 'ok',
    mkdir: 'ok',
    snapshot: 'ok',
    dispose: 'ok',
    kernel: 'ok',
    resolver: 'ok',
    driver: 'ok',
  });
});

describe('in a user namespace', () => {
  const answers = ask(['unshare', '--user', '--map-root-user', '--net', '--mount'], NOBODY);

  test('root is told that its capabilities do not count for bpf(2), and what is made without is taken back', (context) => {
    context.skip(answers === undefined, 'an ordinary user may not make user namespaces here');
    const refusal = /EPERM: .*It takes capabilities of the first user namespace; those of this one do not count/;
    expect(answers?.['load']).toMatch(refusal);
    expect(answers?.['map']).toMatch(refusal);
    expect(answers).toMatchObject({ createClsact: 'ok', snapshot: 'ok', dispose: 'ok', kernel: 'ok', resolver: 'ok' });
    expect(answers?.['driver']).toMatch(
      /^UnsupportedError: .*run it as root of the machine \(root of a user namespace/,
    );
  });
});

test('without CAP_SYS_ADMIN what needs no listing works, and closing it waits for nothing', (context) => {
  const few = '+bpf,+net_admin,+perfmon';
  const ids = [`--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups'];
  const answers = ask(['unshare', '--net', 'setpriv', ...ids, `--inh-caps=${few}`, `--ambient-caps=${few}`]);
  context.skip(answers === undefined, 'this setpriv does not know these capabilities');
  expect(answers).toMatchObject({ load: 'ok', 'attach xdp': 'ok', createClsact: 'ok', dispose: 'ok', kernel: 'ok' });
  expect(answers?.['mkdir']).toContain('EPERM');
  expect(answers?.['snapshot']).toContain('EPERM');
});
