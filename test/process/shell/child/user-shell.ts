import process from 'node:process';
import { until } from '../../../../src/core/until.js';
import { hasEnded, listPids, readWords } from '../../../../src/process/proc/processes.js';
import { createShell } from '../../../../src/process/shell/create-shell.js';

// What a shell is to a user without any privilege, as JSON.
const NAP = `7654${process.pid}`;
const findNaps = (): readonly number[] => listPids().filter((pid) => readWords(pid)[1] === NAP && !hasEnded(pid));

const shell = await createShell({ cwd: '/usr/bin' });
const lines = await shell`id -u; pwd`.lines();
const { signal } = await shell`kill -SEGV $$`.nothrow();
const sync = shell({ nothrow: true }).sync`exit 4`.exitCode;
await shell`setsid sleep ${NAP} >/dev/null 2>&1 &`;
await until(() => findNaps().length > 0);
const leftBefore = findNaps().length;
void shell`kill -STOP $$`;
const { isolation } = shell;
await shell[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify({ isolation, lines, signal, sync, leftBefore, leftAfter: findNaps().length }));
