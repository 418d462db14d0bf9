import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { planModules } from '../../../src/vm/kernel/plan-modules.js';

const RELEASE = '6.1.0-test';

/** An ELF file with nothing but the section that is looked at. */
function fakeModule(fields: Readonly<Record<string, string>>, release = RELEASE): Buffer {
  const info = Object.entries({ vermagic: `${release} SMP`, ...fields }).map(([key, value]) => `${key}=${value}\0`);
  const content = Buffer.from(info.join(''));
  const names = Buffer.from('\0.modinfo\0');
  const head = Buffer.alloc(64 + 3 * 64);
  head.write('\u007fELF\u0002\u0001', 'latin1');
  head.writeBigUInt64LE(64n, 40);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(3, 60);
  head.writeUInt16LE(2, 62);
  const section = (index: number, nameAt: number, offset: number, bytes: number) => {
    head.writeUInt32LE(nameAt, 64 + index * 64);
    head.writeBigUInt64LE(BigInt(offset), 64 + index * 64 + 24);
    head.writeBigUInt64LE(BigInt(bytes), 64 + index * 64 + 32);
  };
  section(1, 1, head.length, content.length);
  section(2, 0, head.length + content.length, names.length);
  return Buffer.concat([head, content, names]);
}

function makeModules(folder: string, files: Readonly<Record<string, Buffer>>) {
  const modulesFolder = join(folder, RELEASE);
  mkdirSync(join(modulesFolder, 'kernel/net'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(modulesFolder, 'kernel/net', name), content);
  writeFileSync(join(modulesFolder, 'modules.builtin'), 'kernel/lib/crc32.ko\n');
  return { release: RELEASE, image: '/vmlinuz', modulesFolder, arch: 'x64' as const };
}

test('modules come after those that they need, each once, decompressed; what is built in is left away', () => {
  using folder = createTempFolder();
  const b = fakeModule({ depends: 'c-d,crc32', name: 'b' });
  const kernel = makeModules(folder.path, {
    'a.ko': fakeModule({ depends: 'b,c_d', softdep: 'pre: soft nowhere post: late' }),
    'b.ko.zst': zstdCompressSync(b),
    'c_d.ko.gz': gzipSync(fakeModule({ depends: '' })),
    'soft.ko': fakeModule({}),
    'late.ko': fakeModule({}),
  });
  const files = planModules(kernel, ['a', 'b', 'crc32']);
  expect(files.map(({ name }) => name)).toEqual(['soft', 'c_d', 'b', 'a']);
  expect(files[2]?.content).toEqual(b);
});

test('modules that need each other do not go round for ever', () => {
  using folder = createTempFolder();
  const kernel = makeModules(folder.path, {
    'a.ko': fakeModule({ depends: 'b' }),
    'b.ko': fakeModule({ depends: 'a' }),
  });
  expect(planModules(kernel, ['a']).map(({ name }) => name)).toEqual(['b', 'a']);
});

test('a module of another kernel, one that is damaged, and a need that is not there are named', () => {
  using folder = createTempFolder();
  const kernel = makeModules(folder.path, {
    'foreign.ko': fakeModule({}, '5.10.0'),
    'text.ko': Buffer.from('text'),
    'squashed.ko.xz': Buffer.from('no xz'),
    'lonely.ko': fakeModule({ depends: 'gone' }),
  });
  expect(() => planModules(kernel, ['foreign'])).toThrow('is for kernel 5.10.0, not 6.1.0-test: it would be refused');
  expect(() => planModules(kernel, ['text'])).toThrow('text.ko" is no kernel module, or is damaged');
  expect(() => planModules(kernel, ['squashed'])).toThrow('squashed.ko.xz" cannot be decompressed');
  expect(() => planModules(kernel, ['lonely'])).toThrow('a module needs "gone", which is not in');
});

test('a kernel without a folder of modules says how to give one', () => {
  expect(() => planModules({ release: RELEASE, image: '/vmlinuz', arch: 'x64' }, ['veth'])).toThrow(
    'planModules: kernel 6.1.0-test came without a folder of modules, so "veth" cannot be loaded: give kernel: { path, modules: "…/lib/modules/6.1.0-test" }, or have them in /lib/modules/6.1.0-test of this machine',
  );
});
