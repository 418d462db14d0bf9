import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Vm } from '../../../src/vm/index.js';

const [folder = ''] = process.argv.slice(2);
mkdirSync(join(folder, 'shared'));
console.log('booting');
await Vm.boot({ memoryMiB: 128, accelerator: 'tcg', share: [{ host: join(folder, 'shared') }] });
console.log('up');
setInterval(() => {}, 60_000);
