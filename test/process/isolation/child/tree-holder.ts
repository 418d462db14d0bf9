import process from 'node:process';
import { spawn } from '../../../../src/process/spawn.js';

// A tree whose members leave what they can leave: their parent, their session, their process group. Nobody stops it.
const TREE = `
setsid sh -c 'setsid sleep 1000 & exec sleep 1001' &
(setsid sh -c 'trap "" TERM HUP INT; (setsid sleep 1002 &) ; exec sleep 1003' &)
sleep 1004 &
echo grown
exec sleep 1005
`;
const PROCESSES = 6;

const program = await spawn('sh', ['-c', TREE], { ready: { log: 'grown' } });
const timer = setInterval(() => {
  const pids = program.pids();
  if (pids.length < PROCESSES) return;
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ isolation: program.isolation, uid: process.getuid?.(), pids })}\n`);
  setInterval(() => {}, 1000);
}, 1);
