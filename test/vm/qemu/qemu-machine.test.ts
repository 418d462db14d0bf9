import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPath } from '../../../src/native/open-path.js';
import { createTempFolder } from '../../../src/process/index.js';
import { hasEnded } from '../../../src/process/proc/processes.js';
import { NamelessFile } from '../../../src/vm/qemu/nameless-file.js';
import { QemuMachine } from '../../../src/vm/qemu/qemu-machine.js';
import { VmError } from '../../../src/vm/vm-error.js';
import { ask, buildTinyInitramfs, describeTinyMachine } from './tiny-guest.js';

const O_WRONLY = 1;
const PATIENCE_MS = 120_000;

describe('a QEMU with a guest', { timeout: PATIENCE_MS }, () => {
  let machine: QemuMachine;

  beforeAll(async () => {
    machine = await QemuMachine.start(await describeTinyMachine(), { initramfs: buildTinyInitramfs() });
    await ask(machine, '', 'ready');
  }, PATIENCE_MS);

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  test('writes its console line by line', () => {
    expect(machine.console.tail(1)).toEqual(['the guest is up']);
    expect(machine.console.findPanic()).toBeUndefined();
  });

  test('is restored from a file without a name, several times at once, while it goes on itself', async () => {
    await ask(machine, 'kept=memory; echo "set $kept"', 'set memory');
    using memory = new NamelessFile();
    await machine.save(memory);
    await machine.resume();
    await ask(machine, 'kept=changed; echo "still $kept"', 'still changed');

    const restored = await Promise.all([1, 2].map(() => QemuMachine.start(machine.spec, { memory })));
    try {
      for (const [index, each] of restored.entries()) {
        await each.resume();
        await ask(each, `kept=$kept-${index}; echo "has $kept"`, `has memory-${index}`);
      }
    } finally {
      await Promise.all(restored.map((each) => each[Symbol.asyncDispose]()));
    }
    await using again = await QemuMachine.start(machine.spec, { memory });
    await again.resume();
    await ask(again, 'echo "once more $kept"', 'once more memory');
    await ask(machine, 'echo "original $kept"', 'original changed');
  });

  test('fails what is waited for when its kernel panics, and shows where', async () => {
    using memory = new NamelessFile();
    await machine.save(memory);
    await machine.resume();
    await using doomed = await QemuMachine.start(machine.spec, { memory });
    const { pids } = doomed;
    await doomed.resume();
    const failure = await ask(doomed, 'echo c > /proc/sysrq-trigger', 'never').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(VmError);
    expect(failure).toMatchObject({
      code: 'ERR_GLOVEBOX_VM_PANIC',
      message: expect.stringContaining("The guest's kernel panicked: "),
      consoleTail: expect.arrayContaining([expect.stringContaining('sysrq')]),
    });
    await doomed[Symbol.asyncDispose]();
    expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
  });

  test('tells that it was powered off', async () => {
    using memory = new NamelessFile();
    await machine.save(memory);
    await machine.resume();
    await using ended = await QemuMachine.start(machine.spec, { memory });
    await ended.resume();
    await expect(ask(ended, '/bin/busybox poweroff -f', 'never')).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_VM_LOST',
    });
  });

  test('is not saved where there is no room, and goes on', async () => {
    using full = openPath('/dev/full', O_WRONLY);
    await expect(machine.save({ descriptor: full, folder: '/dev' })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_VM_SNAPSHOT',
      message: expect.stringContaining('Is there room for 96 MiB in /dev?'),
    });
    await machine.resume();
    await ask(machine, 'echo "goes on"', 'goes on');
  });
});

test('a kernel without an init panics, and its machine is gone', { timeout: PATIENCE_MS }, async () => {
  const spec = await describeTinyMachine({ commandLine: 'rdinit=/nonexistent' });
  await using machine = await QemuMachine.start(spec, { initramfs: buildTinyInitramfs() });
  const failure = await machine.failure;
  expect(failure.code).toBe('ERR_GLOVEBOX_VM_PANIC');
  expect(failure.message).toContain('Kernel panic - not syncing: ');
});

test('what is no kernel is named, with what QEMU said', { timeout: PATIENCE_MS }, async () => {
  using folder = createTempFolder();
  const kernelImage = join(folder.path, 'vmlinuz');
  writeFileSync(kernelImage, 'no kernel at all');
  const spec = { ...(await describeTinyMachine()), kernelImage };
  const failure = await QemuMachine.start(spec, { initramfs: new Uint8Array(512) }).then(
    (machine) => machine.failure.finally(() => machine[Symbol.asyncDispose]()),
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'ERR_GLOVEBOX_VM_START', machineTail: [expect.stringContaining('qemu')] });
});
