// Writes 100 MB of numbered lines as fast as they are taken, and last their number and checksum.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';

const LINES = 400_000;
const TAIL = 'x'.repeat(240);
const hash = createHash('sha256');

for (let line = 0; line < LINES; line += 500) {
  const text = Array.from({ length: 500 }, (_, index) => `${String(line + index).padStart(9, '0')} ${TAIL}\n`).join('');
  hash.update(text);
  writeAll(Buffer.from(text));
}
writeAll(Buffer.from(`${LINES} ${hash.digest('hex')}`));
// Abruptly: what is not with the reader by then is lost, or not.
process.kill(process.pid, 'SIGKILL');

// Of Node's standard output nothing is used, for that makes a pipe refuse what it has no room for.
function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
