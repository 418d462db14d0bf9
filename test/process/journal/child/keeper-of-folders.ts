import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Journal } from '../../../../src/process/journal/journal.js';
import { createTempFolder } from '../../../../src/process/journal/temp-folder.js';

// Makes folders with something in them, one after the other, until it is killed: argv is the folder of journals, where
// folders are made, and how many there are to be.
const [, , folder = '', parent = '', count = '1'] = process.argv;
const journal = new Journal({ folder });
for (let index = 0; index < Number(count); index += 1) {
  const { path } = createTempFolder({ journal, in: parent });
  mkdirSync(join(path, 'a', 'b'), { recursive: true });
  writeFileSync(join(path, 'a', 'b', 'file'), 'text');
  symlinkSync('/etc', join(path, 'a', 'link'));
  process.stdout.write(`${path}\n`);
}
setInterval(() => {}, 1000);
