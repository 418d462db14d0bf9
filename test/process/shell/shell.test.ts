import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { expect as expectProgram, test as testWithShell } from '../../../src/fixtures/index.js';
import { createTempFolder } from '../../../src/process/index.js';
import { hasEnded, listPids, readWords } from '../../../src/process/proc/processes.js';
import { type CreateShellOptions, createShell, type OwnedShell } from '../../../src/process/shell/create-shell.js';
import { keep } from '../../support/keep.js';
import { ORDINARY_USER, startScript } from '../isolation/run-as.js';

async function open(options: CreateShellOptions = {}): Promise<OwnedShell> {
  return keep(await createShell(options));
}

/** Processes with this word in their command line, as this process knows them. */
const findByWord = (word: string): readonly number[] =>
  listPids().filter((pid) => readWords(pid).includes(word) && !hasEnded(pid));

/** A number of seconds that no other test sleeps. */
let lastNap = 10_000 + process.pid;
const chooseNap = (): string => {
  lastNap += 0.001;
  return lastNap.toFixed(3);
};

describe.each(['full', 'none'] as const)('the shell, isolation %s', (isolation) => {
  test('quotes what is put in, and gives the output in many shapes', async () => {
    const $ = await open({ isolation });
    expect($.isolation).toBe(isolation);
    expect((await $`printf %s ${'a  b; exit 1 $HOME'}`).stdout).toBe('a  b; exit 1 $HOME');
    expect(await $`printf '%s\n' ${['one two', 3]}`.lines()).toEqual(['one two', '3']);
    expect(await $`printf '{"a":1}'`.json()).toEqual({ a: 1 });
    expect(await $`printf 'a\nb\n'`.pipe`tac`.lines()).toEqual(['b', 'a']);
  });

  test('reads no startup file, whoever has started this process', async () => {
    using home = createTempFolder();
    writeFileSync(join(home.path, '.bashrc'), 'echo read\n');
    const $ = await open({ isolation, env: { HOME: home.path, SHLVL: undefined } });
    expect(await $`echo done`.lines()).toEqual(['done']);
    expect($.sync`echo done`.lines()).toEqual(['done']);
  });

  test('rejects with the output of a command that fails, and tells a signal', async () => {
    const $ = await open({ isolation });
    await expect($`echo out; echo err >&2; exit 3`).rejects.toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect((await $`exit 5`.nothrow()).ok).toBe(false);
    expect(await $`kill -SEGV $$`.nothrow()).toMatchObject({ signal: 'SIGSEGV', exitCode: null });
    await expect($`${'no-such-command'} --here`).rejects.toMatchObject({ exitCode: 127 });
  });

  test('has a folder and variables, keeps them through options, and runs synchronously', async () => {
    const $ = await open({ isolation, cwd: '/usr/bin', env: { WHO: 'me', PATH: process.env['PATH'] } });
    expect((await $`pwd; echo $WHO`).stdout).toBe('/usr/bin\nme\n');
    expect((await $({ cwd: '/' })`pwd`).stdout).toBe('/\n');
    expect($.sync`pwd; echo $WHO`.stdout).toBe('/usr/bin\nme\n');
    expect($({ nothrow: true }).sync`exit 4`.exitCode).toBe(4);
    expect($.sync({ nothrow: true })({ quiet: true })`exit 5`.exitCode).toBe(5);
    const caught = ((): unknown => {
      try {
        return $.sync`echo out; exit 6`;
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toMatchObject({ exitCode: 6, stdout: 'out\n' });
  });

  test('what a command leaves running is there for the next, and gone with the shell', async () => {
    const $ = await open({ isolation });
    const [nap, other] = [chooseNap(), chooseNap()];
    await $`sleep ${nap} >/dev/null 2>&1 &`;
    $.sync`sleep ${other} >/dev/null 2>&1 &`;
    const left = await until(() => {
      const found = [...findByWord(nap), ...findByWord(other)];
      return found.length === 2 && found;
    });
    await $`true`;
    expect(left.filter(hasEnded)).toEqual([]);
    await $[Symbol.asyncDispose]();
    await $[Symbol.asyncDispose]();
    expect(left.filter((pid) => !hasEnded(pid))).toEqual([]);
  });

  test('a command that runs ends with the shell: it rejects, and nobody has to hear of it', async () => {
    const $ = await open({ isolation });
    const nap = chooseNap();
    const awaited = $`sleep ${nap}`;
    void $`sleep ${nap}; true`;
    await until(() => findByWord(nap).length >= 2);
    const told = expect(awaited).rejects.toMatchObject({ signal: 'SIGKILL' });
    await $[Symbol.asyncDispose]();
    await told;
    expect(findByWord(nap)).toEqual([]);
  });

  test('one that was stopped ends with it, too', async () => {
    const $ = await open({ isolation });
    const nap = chooseNap();
    void $`kill -STOP $$; sleep ${nap}`;
    const [pid = 0] = await until(() => {
      const found = findByWord('-c').filter((each) => readWords(each).some((word) => word.includes(nap)));
      return found.length > 0 && found;
    });
    await $[Symbol.asyncDispose]();
    expect(hasEnded(pid)).toBe(true);
  });

  test('can kill a command, and limits its time', async () => {
    const $ = await open({ isolation });
    await expect($`sleep 1000`.timeout('50ms')).rejects.toMatchObject({ signal: 'SIGTERM' });
    const running = $`sleep 1000`;
    await running.kill('SIGKILL');
    await expect(running).rejects.toMatchObject({ signal: 'SIGKILL' });
    await expect(running.kill()).rejects.toThrow('the command has ended: it cannot be sent SIGTERM');
    const own = $({ killSignal: 'SIGUSR1' })`sleep 1000`.nothrow();
    await own.kill();
    expect((await own).signal).toBe('SIGUSR1');
  });

  test('kills what a command has started, too, in whichever session, and Node warns of nothing', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    const $ = await open({ isolation });
    const nap = chooseNap();
    const running = $`sleep ${nap} & setsid sleep ${nap} & sh -c 'exec 1>&-; sleep ${nap}; :'`.nothrow();
    await until(() => findByWord(nap).length === 3);
    await running.kill('SIGKILL');
    await running;
    await until(() => findByWord(nap).length === 0);
    expect(warnings).toEqual([]);
  });
});

test('an isolated shell is in a pid namespace of its own, whose processes see each other alone', async () => {
  const $ = await open({ isolation: 'full' });
  const [own, pid] = await $`readlink /proc/self/ns/pid; echo $$`.lines();
  expect(own).not.toBe(readlinkSync('/proc/self/ns/pid'));
  expect(Number(pid)).toBeLessThan(20);
  const [left = ''] = await $`sleep 1000 >/dev/null 2>&1 & echo $!`.lines();
  expect((await $`cd /proc; echo [0-9]*`).stdout.trim().split(' ')).toContain(left);
  expect((await $`readlink /proc/self/ns/pid`).stdout.trim()).toBe(own);
});

test('a session of its own is no way out of an isolated shell', async () => {
  const $ = await open({ isolation: 'full' });
  const nap = chooseNap();
  await $`setsid sh -c ${`exec sleep ${nap}`} >/dev/null 2>&1 &`;
  const [pid = 0] = await until(() => findByWord(nap).length > 0 && findByWord(nap));
  await $[Symbol.asyncDispose]();
  expect(hasEnded(pid)).toBe(true);
});

test('a shell that was closed starts nothing', async () => {
  const $ = await open();
  await $[Symbol.asyncDispose]();
  const message = 'shell is closed: a command is no longer possible';
  expect(() => $.sync`true`).toThrow(message);
  await expect($`true`).rejects.toThrow(message);
});

test('a folder that is not there is told', async () => {
  const folder = mkdtempSync(`${tmpdir()}/shell-`);
  const $ = await open({ cwd: folder });
  rmSync(folder, { recursive: true });
  const message = `"${folder}", the folder that it is to run in, does not exist. Make it first, or give another cwd`;
  await expect($`pwd`).rejects.toThrow(message);
  expect(() => $.sync`pwd`).toThrow(message);
});

test('options that mean nothing are refused, all at once', async () => {
  const options: object = { cwd: 5, isolation: 'some', shel: true, env: { A: 1 }, in: {} };
  await expect(createShell(options)).rejects.toThrow('createShell: 5 mistakes:');
});

test('an ordinary user has such a shell, too', async () => {
  const child = startScript('../shell/child/user-shell.ts', { user: ORDINARY_USER });
  let text = '';
  for await (const bytes of child.stdout) text += String(bytes);
  expect(JSON.parse(text)).toEqual({
    isolation: 'full',
    lines: [String(ORDINARY_USER), '/usr/bin'],
    signal: 'SIGSEGV',
    sync: 4,
    leftBefore: 1,
    leftAfter: 0,
  });
});

testWithShell('the fixture is one of the test’s own', async ({ $ }) => {
  expectProgram((await $`echo ${'it works'}`).stdout).toBe('it works\n');
});
