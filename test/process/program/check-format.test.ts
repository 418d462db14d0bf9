import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readLoader, readMachine } from '../../../src/process/program/elf.js';
import { spawn } from '../../../src/process/spawn.js';
import { failureOf } from '../failure-of.js';

const folder = mkdtempSync(join(tmpdir(), 'program-format-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ELF = readFileSync('/bin/true');
const isX64 = readMachine(ELF) === 'x86-64';

function change(edit: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(ELF);
  edit(bytes);
  return bytes;
}

async function failureOfProgram(content: string | Uint8Array, mode = 0o755): Promise<string> {
  const path = join(folder, 'program');
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode });
  const { message } = await failureOf(spawn(path));
  return message.replaceAll(path, 'program');
}

test.for([
  [
    '#!/usr/bin/python9\n',
    'is a script for "/usr/bin/python9", which cannot be executed. Install that, or mend the first line',
  ],
  [
    '#! /etc/passwd -x\n',
    'is a script for "/etc/passwd", which cannot be executed. Install that, or mend the first line',
  ],
  [
    '#!/bin/sh\r\necho\r\n',
    'is a script for "/bin/sh\\r", which cannot be executed. Its first line ends in a carriage return: save it with Unix line ends',
  ],
  ['#!\necho\n', 'is a script whose first line names no interpreter. Let it begin with #!/bin/sh, say'],
  [
    '#!/usr/bin/env python9\n',
    'is a script for "python9", which /usr/bin/env will not find on PATH. Install that, or mend the first line',
  ],
  [
    '#!/usr/bin/env -S python9 -u\n',
    'is a script for "python9", which /usr/bin/env will not find on PATH. Install that, or mend the first line',
  ],
  ['', 'is an empty file. Was what makes it cut short?'],
] as const)('a script that nothing would run is told of before it is started: %j', async ([content, problem]) => {
  expect(await failureOfProgram(content)).toBe(`"program" ${problem}`);
});

test.skipIf(!isX64)('a program of another machine, or of another C library, is no script of the shell', async () => {
  const arm = change((bytes) => bytes.writeUInt16LE(40, 18));
  expect(await failureOfProgram(arm)).toBe(
    '"program" is a program for arm, and this machine is x86-64. Build it for this one',
  );
  const loader = readLoader(ELF) ?? '';
  expect(loader).toMatch(/^\/lib.*\/ld-/);
  const musl = '/lib/ld-musl-x.so\0'.padEnd(loader.length, '\0');
  expect(await failureOfProgram(change((bytes) => bytes.write(musl, bytes.indexOf(loader))))).toBe(
    '"program" needs /lib/ld-musl-x.so to be loaded, which is not there. It was built for musl, the C library of Alpine: build it for this system, or statically',
  );
  expect(await failureOfProgram(Uint8Array.of(1, 0, 2))).toBe(
    '"program" is neither a program of Linux nor a script. Is it built for this system?',
  );
});

test('what may be executed and not read, and a script without a first line of that kind, run as they always do', async () => {
  const path = join(folder, 'plain');
  writeFileSync(path, 'echo it runs; exit 3\n', { mode: 0o755 });
  await using program = await spawn(path);
  expect(await program.waitForExit()).toMatchObject({ code: 3 });
  expect(program.logs.tail()).toEqual(['it runs']);
});

test('of an ELF file that was cut anywhere nothing is believed that it does not say', () => {
  for (let length = 0; length < 1024; length += 7) {
    const cut = ELF.subarray(0, length);
    expect([undefined, readLoader(ELF)]).toContain(readLoader(cut));
    expect([undefined, readMachine(ELF)]).toContain(readMachine(cut));
  }
});
