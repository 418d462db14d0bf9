import process from 'node:process';
import { until } from '../core/until.js';
import { connectEngine } from './connect-engine.js';
import { removeLifetime } from './remove-labelled.js';

/** What was asked for as its owner was killed may come to be a moment later. */
const QUIET_MS = 3_000;

const [, , id = ''] = process.argv;
const { api } = await connectEngine();
let quietSinceMs = Date.now();

await until(
  async () => {
    if ((await removeLifetime(api, id)).length > 0) quietSinceMs = Date.now();
    return Date.now() - quietSinceMs > QUIET_MS;
  },
  { timeoutMs: 60_000, intervalMs: 50, maxIntervalMs: 200, description: 'the containers to be removed' },
).catch(() => {
  process.exitCode = 1;
});
