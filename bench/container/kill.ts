import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createRandom } from '../../src/core/random.js';
import { killRunner, startHolder } from '../../test/container/support/kill-runner.js';
import type { Benchmark } from '../benchmark.js';
import { loadBuiltContainers } from '../built-package.js';
import { useEngine } from './support/engine.js';

const KILLS = 10;
const ENTRY = 'glovebox/container';
/** Within which all is made. */
const START_MS = 800;

/** The slowest of several runners that are killed, half of them while they start. */
async function killSeveral(): Promise<number> {
  const random = createRandom(Math.trunc(performance.now()));
  let slowestMs = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { left, tookMs } = await killRunner(kill % 2 === 0 ? 'up' : random.float() * START_MS, ENTRY);
    if (left.length > 0) throw new Error(`something was left for good: ${left.join(', ')}`);
    slowestMs = Math.max(slowestMs, tookMs);
  }
  return slowestMs;
}

/** What somebody would type who knows the label, while the runner lives. */
const BY_HAND = `
ids() { docker "$@" --quiet --filter label=glovebox.id; }
docker rm --force --volumes $(ids ps --all)
docker network rm $(ids network ls)
docker volume rm $(ids volume ls)
docker rmi --force $(ids images)
`;

async function removeByHand(): Promise<number> {
  const runner = await startHolder('up', ENTRY);
  const startedMs = performance.now();
  execFileSync('sh', ['-e', '-c', BY_HAND], { stdio: 'ignore' });
  const tookMs = performance.now() - startedMs;
  const ended = once(runner, 'exit');
  runner.kill('SIGKILL');
  await ended;
  return tookMs;
}

const benchmarks: readonly Benchmark[] = [
  {
    group: 'container',
    name: `SIGKILL of a test runner until nothing is left of its container, network, volume and image: the slowest of ${KILLS}`,
    unit: 'ms',
    target: 2000,
    direction: 'at most',
    compare: 'ours',
    rounds: 5,
    async run() {
      await loadBuiltContainers();
      await useEngine();
      return {
        peer: await removeByHand(),
        ours: await killSeveral(),
        peerName: 'docker rm, one after the other, by hand',
      };
    },
  },
];

export default benchmarks;
