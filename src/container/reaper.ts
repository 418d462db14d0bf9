import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineConnection } from './engine-connection.js';
import { REAPER_LABEL } from './labels.js';
import { removeLabelled } from './remove-labelled.js';

// It loads little, and no client of an engine's: somebody waits for what is left to be gone.

/** What was asked for as its owner was killed may come to be a moment later. */
const QUIET_MS = 3_000;
const DEADLINE_MS = 60_000;
const PAUSES_MS = { first: 20, most: 200 };

const [, , reaper = ''] = process.argv;
const connection: EngineConnection = JSON.parse(process.env['GLOVEBOX_ENGINE'] ?? '');
const startedMs = performance.now();
let busyMs = startedMs;
let pauseMs = PAUSES_MS.first;

while (performance.now() - busyMs < QUIET_MS && performance.now() - startedMs < DEADLINE_MS) {
  const removed = await removeLabelled(connection, `${REAPER_LABEL}=${reaper}`).catch(() => undefined);
  // An engine that does not answer may again.
  const isBusy = removed === undefined || removed.length > 0;
  if (isBusy) busyMs = performance.now();
  // What stands in the way of something may just have gone.
  pauseMs = isBusy ? PAUSES_MS.first : Math.min(pauseMs * 1.5, PAUSES_MS.most);
  await sleep(pauseMs);
}
