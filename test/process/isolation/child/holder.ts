import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Keeper } from '../../../../src/process/isolation/keeper.js';

// Something that has left its parent, its session and its process group, in a keeper that nobody closes.
const keeper = Keeper.start();
keeper.run(() => spawn('sh', ['-c', 'setsid sleep 1000 & exec sleep 1000'], { stdio: 'ignore' }));
const timer = setInterval(() => {
  // What forks on its way to the program is not there to stay.
  const pids = keeper.pids().filter((pid) => readName(pid) === 'sleep');
  if (pids.length < 2) return;
  clearInterval(timer);
  setInterval(() => {}, 1000);
  process.stdout.write(`${JSON.stringify(pids)}\n`);
}, 1);

function readName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
