import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/entries.js';
import { requireCapability } from '../../../src/fixtures/requirements/require.js';
import { createTempFolder } from '../../../src/process/journal/temp-folder.js';
import { TYPESCRIPT } from '../../support/typescript.js';

function runCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly uid?: number } = {},
) {
  const hooks = [...TYPESCRIPT, `${root}src/cli/glovebox.ts`];
  return spawnSync(process.execPath, [...hooks, 'run', '--as', 'vm', ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 100_000,
    ...options,
  });
}

test("a command in a machine sees this one's files and programs, and changes only what it may", {
  timeout: 120_000,
}, async (context) => {
  await requireCapability(context, 'vm');
  using folder = createTempFolder();
  mkdirSync(join(folder.path, 'out'));
  writeFileSync(join(folder.path, 'given'), 'given');
  const script = [
    'const fs = require("node:fs");',
    'fs.writeFileSync("out/kept", process.cwd() + " " + process.version);',
    'fs.writeFileSync("given", "changed");',
    'fs.writeFileSync("/etc/forgotten-by-glovebox", "");',
    'console.log(fs.readFileSync(0, "utf8") + fs.readFileSync("given", "utf8") + process.getuid());',
    'require("node:child_process").execFileSync("ip", ["link", "add", "v0", "type", "veth"]);',
    'console.error(require("node:os").release());',
    'process.exit(7);',
  ].join('\n');
  const result = runCli(['--writable', join(folder.path, 'out'), '--', process.execPath, '-e', script], {
    cwd: folder.path,
    input: 'input ',
  });
  expect(result).toMatchObject({ status: 7, stdout: 'input changed0\n' });
  expect(result.stderr).toMatch(/^6\.1\.0-\d+-cloud-/m);
  expect(readFileSync(join(folder.path, 'out/kept'), 'utf8')).toBe(`${folder.path} ${process.version}`);
  expect(readFileSync(join(folder.path, 'given'), 'utf8')).toBe('given');
  expect(existsSync('/etc/forgotten-by-glovebox')).toBe(false);
});

test('what cannot be is told before anything is booted', () => {
  expect(runCli(['--', 'no-such-program'])).toMatchObject({
    status: 127,
    stderr: 'glovebox run: there is no program "no-such-program"\n',
  });
  const { status, stderr } = runCli(['--memory', 'much', '--modules', 'veth,a b', '--image', 'debian', '--', 'true']);
  expect(status).toBe(2);
  expect(stderr).toContain('--image is for --as container, not for --as vm');
  expect(stderr).toContain('--memory takes MiB, a whole number of 256 or more, not "much"');
  expect(stderr).toContain('--modules takes names such as sch_netem,dummy, not "a b"');
  expect(runCli(['--kernel', '6', '--', 'true']).stderr).toContain('kernel.debian must be a version ("6.1")');
  const { stderr: folders } = runCli(['--writable', '/,/no/such/folder', '--', 'true']);
  expect(folders).toContain('--writable takes folders below /');
  expect(folders).toContain('--writable takes folders, and "/no/such/folder" is none: make it first');
});

test('an ordinary user is refused before anything is downloaded, with the way that works', () => {
  const user = process.geteuid?.() === 0 ? { uid: 65_534 } : {};
  expect(runCli(['--', 'true'], user)).toMatchObject({
    status: 1,
    stderr:
      "glovebox run --as vm for an ordinary user is not available: the machine would read other users' files, which virtiofsd may do as root alone. To mend it: npx glovebox run --as root -- npx glovebox run --as vm -- …\n",
  });
});
