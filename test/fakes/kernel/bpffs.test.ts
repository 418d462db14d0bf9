import { expect, test } from 'vitest';
import { codeOf } from '../../../src/contract/cases/support.js';
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { loadOne } from './support.js';

const ROOT = '/sys/fs/bpf';

async function setUp() {
  const kernel = new FakeKernel();
  const program = await loadOne(kernel, 'xdp');
  await kernel.pin(program, `${ROOT}/a`);
  return { kernel, program };
}

test('a pin that exists is EEXIST, a missing parent ENOENT, a parent that is a pin ENOTDIR', async () => {
  const { kernel, program } = await setUp();
  expect(await codeOf(kernel.pin(program, `${ROOT}/a`))).toBe('EEXIST');
  expect(await codeOf(kernel.pin(program, ROOT))).toBe('EEXIST');
  expect(await codeOf(kernel.pin(program, `${ROOT}/q/a`))).toBe('ENOENT');
  expect(await codeOf(kernel.pin(program, `${ROOT}/a/b`))).toBe('ENOTDIR');
});

test('outside bpffs, and with a dot in the name, everything is EPERM', async () => {
  const { kernel, program } = await setUp();
  expect(await codeOf(kernel.pin(program, '/tmp/a'))).toBe('EPERM');
  expect(await codeOf(kernel.bpffs.mkdir('/tmp/a'))).toBe('EPERM');
  expect(await codeOf(kernel.bpffs.readFile('/tmp/a'))).toBe('EPERM');
  expect(await codeOf(kernel.pin(program, `${ROOT}/a.b`))).toBe('EPERM');
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/a.b`))).toBe('EPERM');
  expect(await codeOf(kernel.open(`${ROOT}/a.b`))).toBe('EPERM');
  expect(await codeOf(kernel.unpin(`${ROOT}/a.b`))).toBe('EPERM');
});

test('pinning a closed handle is EINVAL, as bpf(2) tries one kind after the other', async () => {
  const { kernel, program } = await setUp();
  await program.close();
  expect(await codeOf(kernel.pin(program, `${ROOT}/b`))).toBe('EINVAL');
});

test('opening what is missing is ENOENT, a directory EACCES; a pin opens as what it holds', async () => {
  const { kernel, program } = await setUp();
  expect(await codeOf(kernel.open(`${ROOT}/b`))).toBe('ENOENT');
  await kernel.bpffs.mkdir(`${ROOT}/d`);
  expect(await codeOf(kernel.open(`${ROOT}/d`))).toBe('EACCES');
  expect(await codeOf(kernel.open(ROOT))).toBe('EACCES');
  expect(await kernel.open(`${ROOT}/a`)).toMatchObject({ kind: 'program', id: program.id, closed: false });
});

test('unlinking and removing go by what is there', async () => {
  const { kernel } = await setUp();
  await kernel.bpffs.mkdir(`${ROOT}/d/e`, { recursive: true });
  expect(await codeOf(kernel.unpin(`${ROOT}/d`))).toBe('EISDIR');
  expect(await codeOf(kernel.unpin(`${ROOT}/b`))).toBe('ENOENT');
  expect(await codeOf(kernel.bpffs.rmdir(`${ROOT}/d`))).toBe('ENOTEMPTY');
  expect(await codeOf(kernel.bpffs.rmdir(`${ROOT}/a`))).toBe('ENOTDIR');
  expect(await codeOf(kernel.bpffs.rmdir(ROOT))).toBe('EBUSY');
  expect(await codeOf(kernel.bpffs.rmdir(`${ROOT}/b`))).toBe('ENOENT');
  expect(await codeOf(kernel.bpffs.rmdir(`${ROOT}/d/e`))).toBe('ok');
});

test('making a directory over anything is EEXIST, below a pin ENOTDIR, without a parent ENOENT', async () => {
  const { kernel } = await setUp();
  await kernel.bpffs.mkdir(`${ROOT}/d`);
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/d`))).toBe('EEXIST');
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/d`, { recursive: true }))).toBe('ok');
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/a`))).toBe('EEXIST');
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/a/x`))).toBe('ENOTDIR');
  expect(await codeOf(kernel.bpffs.mkdir(`${ROOT}/n/x`))).toBe('ENOENT');
});

test('rename refuses what rename(2) refuses', async () => {
  const { kernel } = await setUp();
  await kernel.bpffs.mkdir(`${ROOT}/d/e`, { recursive: true });
  const rename = (from: string, to: string) =>
    codeOf(kernel.bpffs.rename(`${ROOT}/${from}`, to.startsWith('/') ? to : `${ROOT}/${to}`));
  expect(await rename('a', 'd')).toBe('EISDIR');
  expect(await rename('d', 'a')).toBe('ENOTDIR');
  expect(await rename('d', 'd/e/f')).toBe('EINVAL');
  expect(await rename('d/e', 'd')).toBe('ENOTEMPTY');
  expect(await rename('a', '/tmp/q')).toBe('EXDEV');
  expect(await rename('zz', 'y')).toBe('ENOENT');
  expect(await rename('a', 'y.z')).toBe('EPERM');
  expect(await rename('a', 'a')).toBe('ok');
});

test('rename moves pins with their directory, and frees what it replaces', async () => {
  const { kernel, program } = await setUp();
  const other = await loadOne(kernel, 'tc');
  await kernel.bpffs.mkdir(`${ROOT}/d`);
  await kernel.pin(other, `${ROOT}/d/b`);
  await other.close();
  await kernel.bpffs.rename(`${ROOT}/d`, `${ROOT}/e`);
  expect(await kernel.pins(`${ROOT}/e`)).toEqual([{ path: `${ROOT}/e/b`, kind: 'program', id: other.id }]);
  await kernel.bpffs.rename(`${ROOT}/a`, `${ROOT}/e/b`);
  expect(await kernel.programs()).toMatchObject([{ id: program.id }]);
  expect(kernel.pinCount()).toBe(1);
});

test('a directory lists by name, and says what each entry is', async () => {
  const { kernel } = await setUp();
  await kernel.bpffs.mkdir(`${ROOT}/B`);
  expect(await kernel.bpffs.readdir(ROOT)).toEqual([
    { name: 'B', kind: 'directory' },
    { name: 'a', kind: 'program' },
  ]);
  expect(await codeOf(kernel.bpffs.readdir(`${ROOT}/a`))).toBe('ENOTDIR');
  expect(await kernel.bpffs.exists(`${ROOT}/a`)).toBe(true);
  expect(await kernel.bpffs.exists('/tmp')).toBe(false);
});

test('mounts are apart: each has its pins, and renames do not cross', async () => {
  const kernel = new FakeKernel({ bpffsMounts: ['/sys/fs/bpf', '/run/x/fs'] });
  const program = await loadOne(kernel, 'xdp');
  await kernel.pin(program, '/run/x/fs/a');
  await kernel.pin(program, '/sys/fs/bpf/../bpf//b');
  expect((await kernel.pins()).map((pin) => pin.path)).toEqual(['/run/x/fs/a', '/sys/fs/bpf/b']);
  expect(await codeOf(kernel.bpffs.rename('/run/x/fs/a', '/sys/fs/bpf/a'))).toBe('EXDEV');
});
