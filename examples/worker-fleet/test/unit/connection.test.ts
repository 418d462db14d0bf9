import { createRandom } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { HEARTBEAT, MemoryFleet, taskOf } from '../support/memory-fleet.ts';

describe('A connection', () => {
  test('goes through its states, to being connected, and back to it when it is lost', async () => {
    const states: string[] = [];
    using fleet = new MemoryFleet({ workers: 0, client: { onState: (state) => states.push(state) } });
    await fleet.start();
    fleet.network.reset();
    await fleet.clock.advance(1000);
    const attempt = ['connecting', 'authenticating', 'connected'];
    expect(states).toEqual([...attempt, 'waiting', ...attempt]);
    expect(fleet.client.connection.counts).toMatchObject({ attempts: 2, connections: 2, reconnections: 1 });
  });

  test('tries again and again while there is nobody, ever more slowly, and connects when there is', async () => {
    using fleet = new MemoryFleet({ workers: 0 });
    fleet.client.start();
    await fleet.clock.advance(60_000);
    const gaps = fleet.network.attempts.map(({ atMs }, index, all) => atMs - (all[index - 1]?.atMs ?? atMs));
    expect(fleet.network.attempts.length).toBeLessThan(30);
    expect(Math.max(...gaps.slice(0, 4))).toBeLessThan(1000);
    expect(Math.max(...gaps)).toBeGreaterThan(2000);
    expect(Math.max(...gaps)).toBeLessThan(10_100);
    fleet.startCoordinator();
    await fleet.clock.advance(10_100);
    expect(fleet.client.connection.state).toBe('connected');
  });

  test('who does not know the secret is refused, and told so', async () => {
    using fleet = new MemoryFleet({ workers: 0, client: { secret: 'guess' } });
    await fleet.start();
    expect(fleet.events('refused')[0]).toMatchObject({ reason: 'the answer to the challenge is wrong' });
    expect(fleet.events('disconnected', 'client')[0]).toMatchObject({ reason: 'the answer to the challenge is wrong' });
    expect(fleet.coordinator?.metrics.render()).toContain('fleet_connections_total{result="refused"}');
    expect(fleet.client.connection.state).not.toBe('connected');
  });

  test('a coordinator that does not know the secret is not believed', async () => {
    using fleet = new MemoryFleet({ workers: 0 });
    // It lets everybody in.
    fleet.network.accept = (transport) => {
      const say = (message: object) => transport.send(new TextEncoder().encode(JSON.stringify(message)));
      say({ type: 'challenge', challenge: 'c' });
      return { onFrame: () => say({ type: 'welcome', answer: 'a'.repeat(64) }), onClose: () => {} };
    };
    fleet.client.start();
    await fleet.clock.advance(50);
    expect(fleet.events('disconnected', 'client')[0]).toMatchObject({
      reason: 'the coordinator does not know the secret',
    });
  });

  test.for([
    ['noise', createRandom(1).bytes(40)],
    ['a message that is none', new TextEncoder().encode('{"type":"hello"}')],
    ['words that are too long', new TextEncoder().encode(JSON.stringify({ type: 'welcome', answer: 'x'.repeat(999) }))],
  ] as const)('%s instead of a hello is refused, and others go on', async ([, bytes]) => {
    using fleet = new MemoryFleet({ workers: 1 });
    await fleet.start();
    let closed = false;
    fleet.network
      .dial('stranger')({
        onOpen: () => {},
        onFrame: () => {},
        onClose: () => {
          closed = true;
        },
      })
      .send(bytes);
    await fleet.clock.advance(50);
    expect(closed).toBe(true);
    expect(fleet.events('refused')).toHaveLength(1);
    fleet.submit(taskOf('a'));
    await fleet.settle();
    expect(fleet.outcomes).toHaveLength(1);
  });

  test('who connects and says nothing is closed after a while', async () => {
    using fleet = new MemoryFleet({ workers: 0 });
    await fleet.start();
    let reason: string | undefined;
    fleet.network.dial('stranger')({
      onOpen: () => {},
      onFrame: () => {},
      onClose: (said) => {
        reason = said;
      },
    });
    await fleet.clock.advance(4900);
    expect(reason).toBeUndefined();
    await fleet.clock.advance(200);
    expect(reason).toBe('no hello within 5000 ms');
  });

  test('a coordinator that takes connections and says nothing is given up', async () => {
    using fleet = new MemoryFleet({ workers: 0, client: { connectMs: 1000 } });
    fleet.network.accept = () => ({ onFrame: () => {}, onClose: () => {} });
    fleet.client.start();
    await fleet.clock.advance(1050);
    expect(fleet.events('disconnected', 'client')[0]).toMatchObject({ reason: 'no welcome within 1000 ms' });
  });
});

describe('Heartbeats', () => {
  test('a connection on which nothing is said otherwise stays for minutes', async () => {
    using fleet = new MemoryFleet({ workers: 1 });
    await fleet.start();
    await fleet.clock.advance(240_000);
    expect(fleet.workers[0]?.connection.counts.connections).toBe(1);
  });

  test.for([
    ['up', 'both'],
    ['down', 'both'],
    ['both', 'both'],
  ] as const)('a connection on which nothing goes %s any more is found out, by each end', async ([way]) => {
    using fleet = new MemoryFleet({ workers: 1 });
    await fleet.start();
    const cutMs = fleet.clock.now();
    fleet.network.cut('worker-1', ...(way === 'both' ? (['up', 'down'] as const) : [way]));
    await fleet.clock.advance(HEARTBEAT.deadMs + 2 * HEARTBEAT.everyMs);
    for (const who of ['worker-1', 'coordinator']) {
      const [lost] = fleet.events('disconnected', who);
      expect((lost?.atMs ?? Number.POSITIVE_INFINITY) - cutMs).toBeLessThanOrEqual(
        HEARTBEAT.deadMs + 2 * HEARTBEAT.everyMs,
      );
    }
    fleet.network.heal();
    await fleet.clock.advance(10_000);
    expect(fleet.workers[0]?.connection.state).toBe('connected');
  });
});

describe('Damaged frames', () => {
  test('one that was changed on its way ends the connection, and its message comes by the next', async () => {
    using fleet = new MemoryFleet({ workers: 1 });
    await fleet.start();
    const random = fleet.random.fork('damage');
    fleet.network.tamper = (frame, way) => {
      if (way === 'up' && random.chance(0.1)) frame[frame.length - 3] = (frame.at(-3) ?? 0) ^ 4;
      return frame;
    };
    fleet.submit(...Array.from({ length: 20 }, (_, index) => taskOf(`task-${index}`)));
    await fleet.settle();
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(fleet.submitted.toSorted());
    expect(fleet.coordinator?.traffic.corrupted).toBeGreaterThan(0);
    expect(fleet.events('disconnected', 'worker-1')[0]?.['reason']).toMatch(
      /^frame \d+ of \d+ bytes is not as it was sealed$/,
    );
  });

  test.for(['up', 'down'] as const)('one that is lost, going %s, is noticed by the next', async (lost) => {
    using fleet = new MemoryFleet({ workers: 1 });
    await fleet.start();
    let count = 0;
    fleet.network.tamper = (frame, way) => {
      if (way !== lost) return frame;
      count += 1;
      return count === 3 ? undefined : frame;
    };
    fleet.submit(...Array.from({ length: 20 }, (_, index) => taskOf(`task-${index}`)));
    await fleet.settle();
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(fleet.submitted.toSorted());
    expect(fleet.log.some(({ reason }) => /is not as it was sealed/.test(String(reason)))).toBe(true);
  });
});
