// Counts and sums up what the flood beside it writes, and tells both, with what the flood has told; argv is the output.
import { createHash } from 'node:crypto';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { spawn } from '../../../../src/process/spawn.js';

const FLOOD = fileURLToPath(new URL('./flood.ts', import.meta.url));
const output = process.argv[2] === 'file' ? 'file' : 'pipe';

await using program = await spawn(process.execPath, [FLOOD], { output, logLimit: 1000 });
const hash = createHash('sha256');
let count = 0;
let bytes = 0;
let told = '';
program.logs.events.on('line', ({ text }) => {
  if (/^\d+ [0-9a-f]{64}$/.test(text)) {
    told = text;
    return;
  }
  count += 1;
  bytes += text.length + 1;
  hash.update(`${text}\n`);
});
const { signal } = await program.waitForExit({ timeoutMs: 60_000 });
const seen = `${count} ${hash.digest('hex')}`;
process.stdout.write(
  `${JSON.stringify({ signal, bytes, seen, told, kept: program.logs.lines().length, count: program.logs.count })}\n`,
);
