import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { needsNamespaces } from '../support/needs-namespaces.js';
import { TYPESCRIPT } from '../support/typescript.js';

needsNamespaces();

function runChild(
  script: string,
  [command = process.execPath, ...args]: readonly string[] = [],
  user: { readonly uid?: number; readonly gid?: number } = {},
): Record<string, unknown> {
  const node = command === process.execPath ? [] : [process.execPath];
  const child = spawnSync(command, [...args, ...node, ...TYPESCRIPT, `test/contract/child/${script}`], {
    encoding: 'utf8',
    ...user,
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout) as Record<string, unknown>;
}

describe('an ordinary user', () => {
  const { codes, driver } = runChild('ordinary-user.ts', [], { uid: 65_534, gid: 65_534 });

  test('is refused by the kernel, call by call, and nothing crashes', () => {
    expect(codes).toEqual({
      'load xdp': 'EPERM',
      'load tc': 'EPERM',
      'load tcx': 'EPERM',
      'load tracepoint': 'EPERM',
      'load kprobe': 'EPERM',
      'load kretprobe': 'EPERM',
      'load uprobe': 'EPERM',
      'load uretprobe': 'EPERM',
      'load fentry': 'EPERM',
      'load fexit': 'EPERM',
      'load lsm': 'EPERM',
      createMap: 'EPERM',
      programs: 'EPERM',
      programById: 'EPERM',
      mkdir: 'EPERM',
      // It has pinned nothing yet, so there is no file system to look at.
      pins: 'ok',
      createClsact: 'EPERM',
      setXdp: 'EPERM',
      queryTcx: 'EPERM',
    });
  });

  test('is told, before any case of the contract is tried, what to run it with', () => {
    expect(driver).toMatch(/^UnsupportedError: .*EPERM.*To mend it: run it as root/s);
  });
});

test('without the types of the kernel, what needs them says so and all else holds', () => {
  const script = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"';
  const seen = runChild('without-btf.ts', ['unshare', '--mount', 'sh', '-c', script, 'sh']);
  expect(seen['fentry']).toMatch(/^UnsupportedError: .*BTF.*CONFIG_DEBUG_INFO_BTF=y/s);
  expect(seen['differs']).toEqual([]);
  expect(seen['holds']).toBeGreaterThan(60);
  expect(seen['reasons']).toEqual(expect.arrayContaining([expect.stringContaining('/sys/kernel/btf/vmlinux')]));
});
