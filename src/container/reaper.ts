import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineAnswerError, SilentEngineError } from './call-engine.js';
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
  const found = await look();
  if (found.length > 0) busyMs = performance.now();
  // What stood in the way of something may just have gone.
  const isProgress = found.some(({ reason }) => reason === undefined);
  pauseMs = isProgress ? PAUSES_MS.first : Math.min(pauseMs * 1.5, PAUSES_MS.most);
  await sleep(pauseMs);
}

/** What was there, and why it still is. */
async function look(): Promise<readonly { readonly reason?: string }[]> {
  try {
    return await removeLabelled(connection, `${REAPER_LABEL}=${reaper}`);
  } catch (error) {
    // One that is slow or in trouble may come to itself; one that is gone has taken everything along.
    const isThere = error instanceof SilentEngineError || error instanceof EngineAnswerError;
    return isThere ? [{ reason: error.message }] : [];
  }
}
