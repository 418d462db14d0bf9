import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readOwner } from '../../src/process/journal/owner.js';
import { createFolder } from '../support/create-folder.js';
import { runCli } from './run-cli.js';

/** A runtime folder with the journal of a process that has ended, and a folder that it owns. */
function leave(): { readonly env: Readonly<Record<string, string>>; readonly path: string; readonly journals: string } {
  const root = createFolder();
  const journals = join(root, 'glovebox', 'journal');
  const path = join(root, 'left');
  mkdirSync(journals, { recursive: true });
  const atMs = Date.now();
  mkdirSync(path);
  const lines = [
    { journal: 1, owner: { ...readOwner(), pid: 12, startTime: 1 } },
    { id: 1, begin: 'folder', path, atMs },
  ];
  writeFileSync(join(journals, '12-1.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  return { env: { XDG_RUNTIME_DIR: root }, path, journals };
}

test('glovebox clean says what it would remove, removes it, and says when there is nothing', () => {
  const { env, path, journals } = leave();
  expect(runCli(['clean', '--dry-run'], { env })).toMatchObject({
    exitCode: 0,
    stdout: `would remove folder ${path} of process 12\n`,
  });
  expect(runCli(['clean'], { env })).toMatchObject({ exitCode: 0, stdout: `removed folder ${path} of process 12\n` });
  expect(readdirSync(journals)).toEqual([]);
  expect(runCli(['clean'], { env })).toEqual({
    exitCode: 0,
    stdout: `Nothing is left of runs that have ended (journals: ${journals})\n`,
    stderr: '',
  });
});

test('what it leaves alone makes it fail, with the reason', () => {
  const { env, path } = leave();
  rmSync(path, { recursive: true });
  symlinkSync('/etc', path);
  const { exitCode, stdout } = runCli(['clean', '--json'], { env });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    dryRun: false,
    things: [
      { kind: 'folder', path, owner: 12, outcome: 'refused', reason: 'it is a symbolic link now, and not a folder' },
    ],
  });
});
