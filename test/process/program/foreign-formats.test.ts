import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isForeignFormat } from '../../../src/process/program/foreign-formats.js';
import { createFolder } from '../../support/create-folder.js';

/** As /proc/sys/fs/binfmt_misc shows them: an emulator of arm64 of Debian's, its Python, and one by a file's name. */
const QEMU = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;
const PYTHON = 'enabled\ninterpreter /usr/bin/python3.11\nflags: \noffset 0\nmagic a70d0d0a\n';
const WINE = 'enabled\ninterpreter /usr/bin/wine\nflags: \nextension .exe\n';

const elfFor = (machine: number): Buffer => {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  return bytes;
};
const ARM64 = elfFor(183);

function register(entries: Readonly<Record<string, string>>): string {
  const folder = createFolder();
  for (const [name, text] of Object.entries({ status: 'enabled\n', register: '', ...entries }))
    writeFileSync(join(folder, name), text);
  return folder;
}

test.for([
  ['arm64, for which there is an emulator', 'program', ARM64, true],
  ['a machine for which there is none', 'program', elfFor(8), false],
  ['this machine, where another one is emulated', 'program', elfFor(62), false],
  ['an ELF file that ends before an emulator could tell whose it is', 'program', ARM64.subarray(0, 17), false],
  ['what Python has compiled', 'program', Buffer.from('a70d0d0a00', 'hex'), true],
  ['what begins almost like that', 'program', Buffer.from('a70d0d0b00', 'hex'), false],
  ['a program by its name', 'of-windows.exe', Buffer.from('MZ'), true],
  ['the same without the name', 'of-windows', Buffer.from('MZ'), false],
] as const)('a file is foreign when the kernel was told who runs it: %s', ([, file, head, expected]) => {
  const registered = register({ 'qemu-aarch64': QEMU, 'python3.11': PYTHON, wine: WINE });
  expect(isForeignFormat(`/somewhere/${file}`, head, registered)).toBe(expected);
});

test('a magic that lies further on is looked for there', () => {
  const registered = register({ late: 'enabled\ninterpreter /bin/late\nflags: \noffset 2\nmagic ffff\n' });
  expect(isForeignFormat('/a', Uint8Array.of(1, 2, 0xff, 0xff), registered)).toBe(true);
  expect(isForeignFormat('/a', Uint8Array.of(0xff, 0xff, 1, 2), registered)).toBe(false);
  expect(isForeignFormat('/a', Uint8Array.of(1, 2), registered)).toBe(false);
});

test('what was turned off is for nobody: an entry, or all of them', () => {
  const off = register({ qemu: QEMU.replace('enabled', 'disabled'), unreadable: 'enabled' });
  expect(isForeignFormat('/a', ARM64, off)).toBe(false);
  const allOff = register({ qemu: QEMU, status: 'disabled\n' });
  expect(isForeignFormat('/a', ARM64, allOff)).toBe(false);
});

test('where the kernel has no such formats, nothing is foreign', () => {
  const empty = register({});
  mkdirSync(join(empty, 'folder'));
  expect(isForeignFormat('/a', ARM64, empty)).toBe(false);
  expect(isForeignFormat('/a', ARM64, '/nowhere')).toBe(false);
});
