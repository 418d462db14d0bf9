import { systemClock } from '../../../src/clock.ts';
import { parseCommandLine } from '../../../src/command-line.ts';
import { dialWebSocket } from '../../../src/connection/web-socket.ts';
import { createLog } from '../../../src/log.ts';
import { Worker } from '../../../src/worker/worker.ts';
import { noJitter } from './parts.ts';

const command = parseCommandLine(process.argv.slice(2), process.env);
if (command.name !== 'worker') throw new TypeError('it is a worker');
const { url, worker: name, ...options } = command;
const log = createLog(name);
new Worker({ ...options, name, dial: dialWebSocket(url), clock: systemClock, random: noJitter, log }).start();
