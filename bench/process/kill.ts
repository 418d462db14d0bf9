import { runKillRounds } from '../../test/process/isolation/kill-rounds.js';
import type { Benchmark } from '../benchmark.js';
import { loadBuiltProcess } from '../built-package.js';

const KILLS = 20;

/**
 * A runner that is always in the middle of something (trees with daemons that are started, frozen, bounded, restarted and
 * killed, temporary folders) is killed at random moments: how long the last of it stays, the slowest time.
 */
const benchmarks: readonly Benchmark[] = [
  {
    group: 'process',
    name: `SIGKILL of a test runner until nothing is left of its programs: the slowest of ${KILLS}`,
    unit: 'ms',
    target: 1000,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      await loadBuiltProcess();
      const seed = Math.trunc(performance.now());
      const { left, slowestMs } = await runKillRounds(KILLS, { seed, entry: 'glovebox/process' });
      if (left.length > 0) throw new Error(`something was left for good: ${left.join(', ')}`);
      return { ours: slowestMs, peer: undefined, peerName: 'child_process.spawn: its daemons stay' };
    },
  },
];

export default benchmarks;
