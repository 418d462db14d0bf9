import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProcessLeaks } from 'glovebox/process';
import { vi } from 'vitest';
import { describe, expect, test } from '../support/fixture.ts';

/** No lab: these need no network, and so no privilege. Their interfaces do not exist. */
const INPUT = ['--input-interface', 'nowhere0', '--input-group', '239.1.1.1', '--input-port', '5000'];

describe('The processes of a relay', () => {
  test('are ready when both workers are and the channel is connected', async ({ startRelay }) => {
    const relay = await startRelay();
    expect(await relay.stats()).toMatchObject({
      channel: { connected: true, reason: '' },
      workers: { ingress: { state: 'running' }, egress: { state: 'running' } },
      rules: [],
    });
    expect(await relay.run('ready')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await relay.stop()).toMatchObject({ code: 0 });
    expect(relay.process.logs.text()).toBe('');
  });

  test('take rules that have to wait, list them and give them up', async ({ startRelay }) => {
    const relay = await startRelay();
    const state = 'waits for interface nowhere0 to come and interface nowhere1 to come';
    const added = await relay.run('add', ...INPUT, '--outputs', '239.2.2.2:6000:nowhere1');
    expect(JSON.parse(added.stdout)).toMatchObject({ id: 1, state });
    const listed = await relay.run('list');
    expect(JSON.parse(listed.stdout)).toEqual([
      {
        id: 1,
        inputInterface: 'nowhere0',
        inputGroup: '239.1.1.1',
        inputPort: 5000,
        outputs: [{ group: '239.2.2.2', port: 6000, interface: 'nowhere1' }],
        ttl: 1,
        state,
      },
    ]);
    expect(await relay.run('remove', '1')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(JSON.parse((await relay.run('list')).stdout)).toEqual([]);
  });

  test('keep their rules over the death of either worker', async ({ startRelay }) => {
    const relay = await startRelay();
    await relay.add('239.1.1.1:5000:nowhere0', '239.2.2.2:6000:nowhere1');
    for (const worker of ['ingress', 'egress'] as const) {
      using observed = relay.observe(worker);
      await relay.signal(worker, 'SIGKILL');
      await relay.statsWhen(
        `another ${worker} worker that knows the rule`,
        ({ supervisor, channel, rules }) =>
          supervisor.restarts[worker] === 1 && channel.connected && rules[0]?.state.includes('nowhere0') === true,
      );
      expect(observed).toHaveRestarted({ atMost: 1, gaveUp: false });
    }
  });

  test('end with a supervisor that is killed, and the next one takes its place', async ({ startRelay }) => {
    const first = await startRelay();
    const workers = [await first.pidOf('ingress'), await first.pidOf('egress')];
    // The supervisor alone: what else there is of the relay has to see to its own end.
    first.process.signal('SIGKILL');
    await expect(first.process).toHaveExitedWith('SIGKILL');
    await vi.waitFor(() => expect(findProcessLeaks([first.process])).toEqual([]), { timeout: 5000 });
    const second = await startRelay({ runDirectory: first.runDirectory });
    const others = [await second.pidOf('ingress'), await second.pidOf('egress')];
    expect(new Set([...workers, ...others]).size).toBe(4);
    expect(await second.run('ready')).toMatchObject({ exitCode: 0 });
  });

  test('end by the command too', async ({ startRelay }) => {
    const relay = await startRelay();
    expect(await relay.run('stop')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await expect(relay.process).toHaveExitedWith(0);
  });
});

describe('What goes wrong is told', () => {
  test('a second relay in the same place', async ({ startRelay, directory }) => {
    const relay = await startRelay();
    const refused = startRelay({ runDirectory: relay.runDirectory });
    const path = join(directory, 'relay1', 'control.sock');
    await expect(refused).rejects.toThrow(
      `relay: A relay runs at ${path} already; stop it, or choose another --run-directory`,
    );
    expect(await relay.run('ready')).toMatchObject({ exitCode: 0 });
  });

  test('a command without a relay', async ({ startRelay }) => {
    const relay = await startRelay();
    await relay.stop();
    const { exitCode, stderr } = await relay.run('stats');
    const path = join(relay.runDirectory, 'control.sock');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `relay: No relay answers at ${path}: connect ENOENT ${path}\n`,
    });
  });

  test('a rule that cannot be', async ({ startRelay }) => {
    const relay = await startRelay();
    const { exitCode, stderr } = await relay.run('add', ...INPUT, '--outputs', '239.2.2.2:eth1');
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'relay: The rule cannot be used: --outputs[0] must be group:port:interface or devnull, not "239.2.2.2:eth1"\n' +
        'relay: --help tells what can be said\n',
    );
  });

  test('a relay that cannot be ready, and why', async ({ startRelay }) => {
    const relay = await startRelay({ args: ['--workers', 'ingress'], ready: false });
    await relay.statsWhen('the ingress worker', ({ workers }) => workers.ingress.state === 'running');
    const asked = relay.client.ask({ command: 'ready', timeoutMs: 10 });
    await expect(asked).rejects.toThrow('The relay is not ready: the egress worker is not started');
  });

  test('a client that does not know the protocol ends its own conversation, and no other', async ({ startRelay }) => {
    const relay = await startRelay();
    const stranger = connect(join(relay.runDirectory, 'control.sock'));
    const closed = once(stranger, 'close');
    stranger.resume().write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    expect(await relay.run('list')).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  });
});
