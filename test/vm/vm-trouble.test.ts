import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BootedMachine, bootMachine } from '../../src/vm/boot-machine.js';
import { Vm } from '../../src/vm/index.js';
import { resolveKernel } from '../../src/vm/kernel/resolve-kernel.js';
import { guardCall } from '../../src/vm/watch-agent.js';

const PATIENCE_MS = 120_000;

describe('a guest without modules', { timeout: PATIENCE_MS }, () => {
  let booted: BootedMachine;

  beforeAll(async () => {
    const { image } = await resolveKernel({ debian: '6.1' });
    // As if the kernel had measured its clock wrongly, which it does on a busy machine.
    const commandLine = 'tsc_early_khz=100000';
    booted = await bootMachine({ kernel: image, memoryMiB: 128, accelerator: 'tcg', commandLine });
  }, PATIENCE_MS);

  afterAll(async () => {
    await booted?.machine[Symbol.asyncDispose]();
  });

  test('is reached by its second serial port', async () => {
    const { agent, machine } = booted;
    expect(machine.spec.channel).toBe('serial');
    const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));
    await agent.writeFile('/tmp/bytes', content, {});
    expect((await agent.readFile('/tmp/bytes')).equals(content)).toBe(true);
  });

  test('keeps another clock when its own goes wrong, and has the time of now', async () => {
    const { agent } = booted;
    const date = agent.exec({ argv: ['date', '+%s'] });
    expect(Math.abs(Number(await text(date.stdout)) - Date.now() / 1000)).toBeLessThan(30);
    const path = '/sys/devices/system/clocksource/clocksource0/current_clocksource';
    await expect.poll(async () => String(await agent.readFile(path)), { timeout: PATIENCE_MS }).toBe('hpet\n');
  });

  test('that no longer answers has hung', async () => {
    const { agent, machine } = booted;
    await machine.pause();
    const call = guardCall(machine, agent, agent.readFile('/proc/version'), { everyMs: 10, timeoutMs: 200 });
    await expect(call).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_VM_HUNG',
      message: expect.stringContaining('The guest has not answered for 0.2 s'),
    });
    await machine.resume();
    await guardCall(machine, agent, agent.readFile('/proc/version'));
  });
});

describe('a machine', { timeout: PATIENCE_MS }, () => {
  let vm: Vm;

  beforeAll(async () => {
    vm = await Vm.boot({ memoryMiB: 96, accelerator: 'tcg' });
  }, PATIENCE_MS);

  afterAll(async () => {
    await vm?.[Symbol.asyncDispose]();
  });

  test('is restored four times at once', async () => {
    await using snapshot = await vm.snapshot();
    const machines = await Promise.all([1, 2, 3, 4].map(() => snapshot.restore()));
    try {
      const names = await Promise.all(
        machines.map(async (each, index) => {
          await each.writeFile('/tmp/name', `machine ${index}`);
          return (await each.run('cat', ['/tmp/name'])).stdout;
        }),
      );
      expect(names).toEqual(['machine 0', 'machine 1', 'machine 2', 'machine 3']);
    } finally {
      await Promise.all(machines.map((each) => each[Symbol.asyncDispose]()));
    }
  });

  test('whose program takes all of its memory ends the program, and answers', async () => {
    await using snapshot = await vm.snapshot();
    await using hungry = await snapshot.restore();
    const result = await hungry.run('tail', ['/dev/zero'], { allowFailure: true });
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect((await hungry.run('echo', ['still here'])).stdout).toBe('still here\n');
  });
});

test('an init that never answers, and one that ends, are named', { timeout: PATIENCE_MS }, async () => {
  const boot = (commandLine: string, timeoutMs: number) =>
    Vm.boot({ memoryMiB: 96, accelerator: 'tcg', commandLine, timeoutMs });
  const silent = expect(boot('rdinit=/bin/sleep -- 600', 4000)).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_VM_START',
    message: expect.stringMatching(
      /^The guest's agent has not answered 4000 ms after its start\. Raise timeoutMs if this machine is only slow\n/,
    ),
  });
  const ended = expect(boot('rdinit=/bin/poweroff -- -f', PATIENCE_MS)).rejects.toMatchObject({
    code: 'ERR_GLOVEBOX_VM_START',
    message: expect.stringMatching(
      /^The machine ended before its agent answered\. Are 96 MiB too little for this kernel\? Raise memoryMiB\n/,
    ),
  });
  await Promise.all([silent, ended]);
});
