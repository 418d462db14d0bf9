// Run as root of a new user namespace, by `glovebox run`: makes its network usable and becomes the command.
import process from 'node:process';
import { becomeCommand } from './become-command.js';
import { setLoopbackUp } from './set-loopback-up.js';

setLoopbackUp();
becomeCommand(process.argv.slice(2));
