import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'glovebox-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

const program = readFileSync('/bin/true');
const machine = process.arch === 'x64' ? 'x86-64' : process.arch;
const change = (at: number, byte: number): Uint8Array => {
  const copy = Buffer.from(program);
  copy[at] = byte;
  return copy;
};

describe('glovebox run', () => {
  test.each([
    [
      'a script without its interpreter',
      '#!/no/such/interpreter\n',
      'is a script for "/no/such/interpreter", which cannot be executed. Install that, or mend the first line',
    ],
    [
      'an ELF file cut in its header',
      program.subarray(0, 20),
      'is a damaged ELF file: it ends within its header. Was it copied whole, and linked?',
    ],
    [
      'an ELF file cut behind its header',
      program.subarray(0, 64),
      'is a damaged ELF file: it has no program headers where it says so. Was it copied whole, and linked?',
    ],
    [
      'an ELF file of no kind',
      change(4, 9),
      'is a damaged ELF file: its header makes no sense. Was it copied whole, and linked?',
    ],
    [
      'an ELF file of another processor',
      change(18, 8),
      `is a program for mips, and this machine is ${machine}. Build it for this one`,
    ],
    ['an object file', change(16, 1), 'is an ELF file, but no program (type 1). Was it copied whole, and linked?'],
    [
      'bytes',
      new Uint8Array([1, 0, 2, 10]),
      'is neither a program of Linux nor a script. Is it built for this system?',
    ],
  ])('does not start %s, as shells do not', (_what, content, message) => {
    const path = write('damaged', content);
    const { exitCode, stdout, stderr } = runCli(['run', '--as', 'user', '--', path]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 126, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(`glovebox run: "${path}" ${message}`);
  });

  test('does not start a folder, or a file that may not be executed', () => {
    const file = write('plain', 'echo said');
    chmodSync(file, 0o644);
    expect(runCli(['run', '--as', 'user', '--', folder])).toMatchObject({
      exitCode: 126,
      stderr: expect.stringMatching(`^glovebox run: "${folder}" is no file`),
    });
    expect(runCli(['run', '--as', 'user', '--', file])).toMatchObject({
      exitCode: 126,
      stderr: expect.stringMatching(`^glovebox run: "${file}" may not be executed by this user. chmod \\+x ${file}`),
    });
  });

  test('starts programs, scripts and texts, which are scripts of the shell', () => {
    const contents = { program: readFileSync('/bin/echo'), script: '#!/bin/sh\necho "$@"\n', text: 'echo "$@"\n' };
    for (const [name, content] of Object.entries(contents)) {
      expect(runCli(['run', '--as', 'user', '--', write(name, content), 'said'])).toEqual({
        exitCode: 0,
        stdout: 'said\n',
        stderr: '',
      });
    }
  });
});
