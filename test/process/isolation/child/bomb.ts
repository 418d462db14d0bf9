import process from 'node:process';
import { spawn } from '../../../../src/process/spawn.js';

// Forks until nothing more is allowed; tells how many there were at most.
const MOST = 12;
await using program = await spawn('sh', ['-c', 'grow() { grow & exec sleep 1000; }; grow 2>/dev/null'], {
  limits: { processes: MOST },
});
let peak = 0;
// Well after the bound was reached: more would come at once.
for (let look = 0; look < 1000 && (peak < MOST - 1 || look % 50 !== 0); look += 1) {
  peak = Math.max(peak, program.pids().length);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await program.kill();
process.stdout.write(`${JSON.stringify({ isolation: program.isolation, peak, left: program.pids().length })}\n`);
