import process from 'node:process';
import { sweepJournals } from '../../../../src/process/journal/sweep-journals.js';

// Sweeps a folder of journals, and tells what it has removed, and whatever else came of it.
const { things } = sweepJournals({ folder: process.argv[2] ?? '' });
const removed = things.filter(({ outcome }) => outcome === 'removed').map(({ path }) => path);
const bad = things.filter(({ outcome }) => outcome !== 'removed');
process.stdout.write(`${JSON.stringify({ removed, bad })}\n`);
