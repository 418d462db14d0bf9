// Run as root in a container, for a user who is not: gives back what root made, and tells what stays root's.
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { type GiveBackRequest, giveBackAll } from '../giving-back.js';

const request = JSON.parse(await text(process.stdin)) as GiveBackRequest;
process.stdout.write(JSON.stringify(giveBackAll(request)));
