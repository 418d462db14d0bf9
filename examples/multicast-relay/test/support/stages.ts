import type { StagesOptions } from 'glovebox/netns';
import type { RelayStats } from '../../src/stats.ts';
import type { RelayUnderTest } from './relay-under-test.ts';

/** What the relay counts, for a ledger: what it received is its first stage, what it sent its last. */
export function stagesOf(relay: RelayUnderTest): StagesOptions {
  const read = (name: string, pick: (stats: RelayStats) => number, ifLost?: string) => ({
    name,
    read: async () => pick(await relay.stats()),
    isRunning: async () => {
      const { workers } = await relay.stats();
      return workers[name.startsWith('ingress') ? 'ingress' : 'egress'].state === 'running';
    },
    ...(ifLost === undefined ? {} : { ifLost }),
  });
  return {
    program: 'relay',
    stages: [
      read('ingress.recv', ({ ingress }) => ingress.recv),
      read('ingress.matched', ({ ingress }) => ingress.matched, 'no rule is about these packets'),
      read('ingress.egressSent', ({ ingress }) => ingress.egressSent, 'the channel is full, or not connected'),
      read('egress.channelRecv', ({ egress }) => egress.channelRecv, 'they were in the channel when a worker died'),
      read('egress.sent', ({ egress }) => egress.sent, 'the kernel refused them, or an output has no interface'),
    ],
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
