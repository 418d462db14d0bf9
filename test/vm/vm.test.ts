import { randomBytes } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';
import { within } from '../../src/core/within.js';
import { DisruptionPlan } from '../../src/scenarios/disruptions/disruption-plan.js';
import { suspend } from '../../src/scenarios/disruptions/process-disruptions.js';
import { at } from '../../src/scenarios/disruptions/schedules.js';
import { Vm } from '../../src/vm/index.js';

const PATIENCE_MS = 120_000;

describe('a virtual machine', { timeout: PATIENCE_MS }, () => {
  let vm: Vm;

  beforeAll(async () => {
    vm = await Vm.boot({ memoryMiB: 128, accelerator: 'tcg' });
  }, PATIENCE_MS);

  afterAll(async () => {
    await vm?.[Symbol.asyncDispose]();
  });

  test('runs a program of its own kernel', async () => {
    expect(await vm.run('uname', ['-r'])).toEqual({
      code: 0,
      signal: null,
      stdout: `${vm.kernel.release}\n`,
      stderr: '',
    });
    expect(vm.state).toBe('running');
  });

  test('gives a program its input, and says how one failed', async () => {
    expect(await vm.run('cat', [], { input: 'given' })).toMatchObject({ stdout: 'given' });
    const script = 'echo wrong >&2; exit 3';
    await expect(vm.run('sh', ['-c', script])).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_VM_COMMAND',
      message: 'In the guest, sh -c "echo wrong >&2; exit 3" exited with code 3; it wrote:\n    wrong',
    });
    expect(await vm.run('sh', ['-c', script], { allowFailure: true })).toMatchObject({ code: 3, stderr: 'wrong\n' });
    await expect(vm.run('no-such-program')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('quotes what is put into a line of shell', async () => {
    const { stdout } = await vm.$`printf '<%s>' ${"it's; $HOME"} ${['a b', 7]}`;
    expect(stdout).toBe("<it's; $HOME><a b><7>");
  });

  test('stands still while it is suspended, and goes on: for a scenario, too', async () => {
    await vm.suspend();
    await vm.suspend();
    expect(vm.state).toBe('suspended');
    const answer = vm.run('echo', ['back']);
    expect(await within(answer, 200)).toBe(undefined);
    await vm.resume();
    await vm.resume();
    expect((await answer).stdout).toBe('back\n');

    const clock = new VirtualClock();
    const plan = new DisruptionPlan([at({ atMs: 0, disrupt: suspend(vm, { name: 'guest' }) })]);
    const running = plan.start({ clock, random: createRandom(1) });
    await clock.advance(0);
    await expect.poll(() => vm.state).toBe('suspended');
    expect(await running.heal()).toMatchObject([{ kind: 'suspend', target: 'guest', untilMs: 0 }]);
    expect((await vm.run('echo', ['back'])).stdout).toBe('back\n');
  });

  test('has streams and signals for a program that runs', async () => {
    const cat = vm.spawn('cat');
    cat.stdin.write('line\n');
    expect(String(await new Promise((resolve) => cat.stdout.once('data', resolve)))).toBe('line\n');
    cat.signal('SIGTERM');
    expect(await cat.exit).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await buffer(cat.stderr)).toHaveLength(0);
  });

  test('has files written and read', async () => {
    const content = randomBytes(300_000);
    await vm.writeFile('/tmp/file', content);
    expect((await vm.readFile('/tmp/file')).equals(content)).toBe(true);
    await expect(vm.readFile('/tmp/none')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('loads modules of its kernel, and again without harm', async () => {
    await vm.loadModules(['dummy']);
    await vm.loadModules(['dummy']);
    expect(String(await vm.readFile('/proc/modules'))).toContain('dummy ');
    await expect(vm.loadModules(['dumy'])).rejects.toThrow(`kernel ${vm.kernel.release} has no module "dumy"`);
  });

  test('is restored as it was, with the time of now, and random numbers of its own', async () => {
    await vm.writeFile('/tmp/kept', 'before');
    await using snapshot = await vm.snapshot();
    await vm.writeFile('/tmp/kept', 'after');
    const twins = await Promise.all([snapshot.restore(), snapshot.restore()]);
    try {
      const random = new Set<string>();
      for (const twin of twins) {
        expect(String(await twin.readFile('/tmp/kept'))).toBe('before');
        const { stdout } = await twin.$`date +%s; head -c 16 /dev/urandom | hexdump`;
        const [seconds, ...rest] = stdout.split('\n');
        expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(30);
        random.add(rest.join());
      }
      expect(random.size).toBe(2);
    } finally {
      await Promise.all(twins.map((twin) => twin[Symbol.asyncDispose]()));
    }
    expect(String(await vm.readFile('/tmp/kept'))).toBe('after');
    await snapshot[Symbol.asyncDispose]();
    await expect(snapshot.restore()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
  });

  test('fails whatever is under way when its kernel panics', async () => {
    await using snapshot = await vm.snapshot();
    await using doomed = await snapshot.restore();
    const waiting = expect(doomed.run('sleep', ['600'])).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_VM_PANIC' });
    await expect(doomed.writeFile('/proc/sysrq-trigger', 'c')).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_VM_PANIC' });
    await waiting;
    expect(doomed.state).toBe('failed');
    expect((await doomed.failure).consoleTail.join('\n')).toContain('sysrq');
  });

  test('that is gone tells who reads a program, and who awaits its exit; streams that nobody reads harm nobody', async () => {
    await using snapshot = await vm.snapshot();
    for (const end of ['close', 'lose']) {
      await using doomed = await snapshot.restore();
      const [unheard, read, source, sink] = ['unheard', 'read', 'source', 'sink'].map(() => doomed.spawn('cat'));
      if (!unheard || !read || !source || !sink) throw new Error('four programs were started');
      source.stdout.pipe(sink.stdin);
      // More than the guest takes before the machine is gone.
      unheard.stdin.write(Buffer.alloc(2 ** 20));
      const lost = { code: 'ERR_GLOVEBOX_VM_LOST' };
      const reading = expect(text(read.stdout)).rejects.toMatchObject(lost);
      await Promise.all([unheard, read, source, sink].map((each) => each.started));
      // An error that nobody listens to comes as one of this process.
      const errors: unknown[] = [];
      const note = (error: unknown): void => void errors.push(error);
      process.on('uncaughtExceptionMonitor', note);
      try {
        if (end === 'close') await doomed.kill();
        // The guest may still answer before it is off.
        else await Promise.allSettled([doomed.writeFile('/proc/sysrq-trigger', 'o')]);
        await reading;
        await expect(unheard.exit).rejects.toMatchObject(lost);
        unheard.stdin.end('too late');
        for (const each of [unheard, source, sink])
          for (const stream of [each.stdin, each.stdout, each.stderr])
            await expect.poll(() => stream.closed).toBe(true);
      } finally {
        process.off('uncaughtExceptionMonitor', note);
      }
      expect(errors).toEqual([]);
    }
  });

  test('is shut down, and nothing can be asked of it then', async () => {
    await using snapshot = await vm.snapshot();
    const other = await snapshot.restore();
    await other.shutdown();
    await other.shutdown();
    expect(other.state).toBe('closed');
    await expect(other.run('true')).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
  });
});

test('mistakes are told before anything is started', async () => {
  await expect(Vm.boot({ memoryMiB: -1, cpus: 0 })).rejects.toThrow('Vm.boot: 2 mistakes:');
});
