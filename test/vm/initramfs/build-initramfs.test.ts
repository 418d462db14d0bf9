import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findExecutable } from '../../../src/native/rootless.js';
import { buildInitramfs } from '../../../src/vm/initramfs/build-initramfs.js';
import { isStatic } from '../../../src/vm/initramfs/busybox.js';
import { encodeCpio } from '../../../src/vm/initramfs/encode-cpio.js';

/** What an archive has in it, by the format's own description. */
function readCpio(archive: Uint8Array): Map<string, { mode: number; text: string }> {
  const bytes = Buffer.from(archive);
  const files = new Map<string, { mode: number; text: string }>();
  for (let at = 0; ; ) {
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    expect(bytes.toString('latin1', at, at + 6)).toBe('070701');
    const path = bytes.toString('utf8', at + 110, at + 110 + field(11) - 1);
    const dataAt = Math.ceil((at + 110 + field(11)) / 4) * 4;
    if (path === 'TRAILER!!!') return files;
    expect(files.has(path)).toBe(false);
    files.set(path, { mode: field(1), text: bytes.toString('utf8', dataAt, dataAt + field(6)) });
    at = Math.ceil((dataAt + field(6)) / 4) * 4;
  }
}

test('a machine starts with its agent, its modules in order, a shell, and the files that were asked for', () => {
  const modules = ['fuse', 'virtiofs'].map((name) => ({ name, content: Buffer.from(name) }));
  const userland = { content: Buffer.from('box'), applets: ['busybox', 'sh', 'ip'] };
  const files = {
    '/etc/hosts': { content: 'one' },
    '/usr/sbin/ip': { content: 'own', mode: 0o755 },
    '/etc/a': { link: 'b' },
  };
  const archive = readCpio(buildInitramfs({ agent: Buffer.from('agent'), modules, userland, files }));
  expect(archive.get('init')).toEqual({ mode: 0o100755, text: 'agent' });
  expect([...archive.keys()].filter((path) => path.startsWith('glovebox/modules/'))).toEqual([
    'glovebox/modules/00-fuse.ko',
    'glovebox/modules/01-virtiofs.ko',
  ]);
  expect(archive.get('dev/console')?.mode).toBe(0o020600);
  expect(archive.get('bin/sh')).toEqual({ mode: 0o120777, text: 'busybox' });
  expect(archive.get('bin/ip')).toEqual({ mode: 0o100755, text: 'own' });
  expect(archive.get('etc/hosts')).toEqual({ mode: 0o100644, text: 'one' });
  expect(archive.get('etc/a')).toEqual({ mode: 0o120777, text: 'b' });
  const paths = [...archive.keys()];
  for (const path of paths) {
    const parent = path.split('/').slice(0, -1).join('/');
    if (parent !== '') expect(paths.slice(0, paths.indexOf(path))).toContain(parent);
  }
});

test('equal files make equal bytes', () => {
  const build = () => buildInitramfs({ agent: Buffer.from('agent'), modules: [] });
  expect(build()).toEqual(build());
});

test('paths that cannot be are told all at once', () => {
  const file = { content: '' };
  const files = { 'etc/hosts': file, '/a/../b': file, '/': file, '/init': file };
  expect(() => buildInitramfs({ agent: Buffer.alloc(0), modules: [], files })).toThrow(
    [
      'buildInitramfs: 4 mistakes:',
      '  - files "etc/hosts" must be an absolute path of a file, such as "/etc/hosts"',
      '  - files "/a/../b" must be an absolute path of a file, such as "/etc/hosts"',
      '  - files "/" must be an absolute path of a file, such as "/etc/hosts"',
      `  - files "/init" is glovebox's own`,
    ].join('\n'),
  );
});

test.runIf(findExecutable('cpio') !== undefined)('another program reads the archive', () => {
  const input = encodeCpio([
    { path: 'folder', mode: 0o040755 },
    { path: 'folder/ü', mode: 0o100644, content: Buffer.from('12345') },
    { path: 'last', mode: 0o120777, content: Buffer.from('folder') },
  ]);
  const { stdout, stderr } = spawnSync('cpio', ['--list', '--quiet'], { input, encoding: 'utf8' });
  expect({ stdout: stdout.split('\n').length, stderr }).toEqual({ stdout: 4, stderr: '' });
});

test('a program that asks for a loader is told from one that is static', () => {
  expect(isStatic(readFileSync(process.execPath))).toBe(false);
  expect(isStatic(Buffer.from('text'))).toBe(false);
});
