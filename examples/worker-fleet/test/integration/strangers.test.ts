import { once } from 'node:events';
import { until } from 'glovebox';
import { WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../../src/connection/web-socket.ts';
import { describe, expect, shareFleet } from '../support/fixture.ts';
import { hostOf, PORT } from '../support/fleet-lab.ts';
import type { FleetUnderTest } from '../support/fleet-under-test.ts';
import { taskOf } from '../support/memory-fleet.ts';

const test = shareFleet({ count: 1 });

/** After whatever was done to it, the fleet does what it is for, and nobody of it has been disconnected. */
async function expectUnharmed(fleet: FleetUnderTest, name: string): Promise<void> {
  const losses = fleet.events(fleet.worker('worker-1'), 'disconnected').length;
  await fleet.submitAll([taskOf(name)]);
  expect(fleet.outcomes.at(-1)).toMatchObject({ taskId: name, isDone: true });
  expect(fleet.events(fleet.worker('worker-1'), 'disconnected').length).toBe(losses);
  expect(fleet.coordinator.state).toBe('running');
}

describe('Strangers', () => {
  test('what is no HTTP is refused', async ({ shared: { fleet, lab } }) => {
    const address = hostOf(lab, 'coordinator').address;
    const socket = hostOf(lab, 'client').connect({ host: address, port: PORT });
    socket.write(Buffer.from([0, 1, 2, 3, 255, 13, 10, 13, 10]));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    await expectUnharmed(fleet, 'after noise');
  });

  test('other addresses than those that there are, are told which there are', async ({ shared: { fleet, lab } }) => {
    const address = hostOf(lab, 'coordinator').address;
    const response = await hostOf(lab, 'client').fetch(`http://${address}:${PORT}/secrets`);
    expect([response.status, await response.text()]).toEqual([
      404,
      'there are /metrics, /health and, for WebSockets, /fleet\n',
    ]);
    await expectUnharmed(fleet, 'after a wrong address');
  });

  test.for([
    ['a frame that is longer than any may be', Buffer.alloc(MAX_FRAME_BYTES + 1), 1009],
    ['a hello that is none', Buffer.from('{"type":"hello"}'), 4000],
  ] as const)('%s ends the connection, and no other', async ([name, frame, code], { shared: { fleet, lab } }) => {
    const client = hostOf(lab, 'client');
    const { address } = hostOf(lab, 'coordinator');
    const socket = new WebSocket(fleet.url, { createConnection: () => client.connect({ host: address, port: PORT }) });
    await once(socket, 'open');
    socket.send(frame);
    const [closed] = await once(socket, 'close');
    expect(closed).toBe(code);
    await expectUnharmed(fleet, `after ${name}`);
  });

  test('a worker with another secret is refused, and keeps its distance', async ({ shared: { fleet, lab }, spawn }) => {
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const args = [main, 'worker', '--url', fleet.url, '--name', 'stranger', '--backoff-ms', '20'];
    const env = { FLEET_SECRET: 'a guess' };
    const stranger = await spawn(process.execPath, args, { in: hostOf(lab, 'client'), env });
    const tries = () => fleet.events(stranger, 'disconnected');
    await until(() => tries().length >= 4, { description: 'four attempts', timeoutMs: 15_000 });
    expect(new Set(tries().map(({ fields }) => fields['reason']))).toEqual(
      new Set(['the answer to the challenge is wrong']),
    );
    expect((await fleet.metrics()).get('fleet_workers_connected')).toBe(1);
    await stranger.stop();
    await expectUnharmed(fleet, 'after a guess');
  });
});
