import type { LedgerStage, StagesOptions } from 'glovebox/netns';
import type { RelayStats } from '../../src/stats.ts';
import type { RelayUnderTest } from './relay-under-test.ts';

/**
 * What the relay counts, for a ledger: what it received is its first stage, what it wanted to send its last, for what it
 * could send is what the interface counts.
 */
export function stagesOf(relay: RelayUnderTest): StagesOptions {
  return {
    program: 'relay',
    stages: [
      createStage(relay, 'ingress.recv', ({ ingress }) => ingress.recv),
      createStage(
        relay,
        'ingress.matched',
        ({ ingress }) => ingress.matched,
        ({ rules }) => `no rule is about them (there are ${rules.map(({ input }) => input).join(', ') || 'none'})`,
      ),
      createStage(
        relay,
        'ingress.egressSent',
        ({ ingress }) => ingress.egressSent,
        ({ channel }) =>
          channel.connected ? 'the channel is full' : `the channel is not connected: ${channel.reason}`,
      ),
      createStage(
        relay,
        'egress.channelRecv',
        ({ egress }) => egress.channelRecv,
        ({ workers }) => `they were in the channel when a worker died (it ${workers.egress.lastExit})`,
      ),
      createStage(relay, 'egress.submitted', ({ egress }) => egress.submitted),
    ],
  };
}

function createStage(
  relay: RelayUnderTest,
  name: string,
  pick: (stats: RelayStats) => number,
  explain: (stats: RelayStats) => string = () => 'they are still on their way',
): LedgerStage {
  let last: RelayStats | undefined;
  return {
    name,
    read: async () => {
      last = await relay.stats();
      return pick(last);
    },
    isRunning: async () => {
      const { workers } = await relay.stats();
      return workers[name.startsWith('ingress') ? 'ingress' : 'egress'].state === 'running';
    },
    // Asked once it was read: what the relay said then tells why.
    ifLost: () => last && explain(last),
  };
}

/** The stages that have to agree, for one rule with one output. */
export function conserved({ ingress, egress }: RelayStats) {
  return {
    matched: ingress.matched,
    egressSent: ingress.egressSent,
    channelRecv: egress.channelRecv,
    submitted: egress.submitted,
    sent: egress.sent,
  };
}

/** All of them at one count. */
export function all(count: number): ReturnType<typeof conserved> {
  return { matched: count, egressSent: count, channelRecv: count, submitted: count, sent: count };
}
