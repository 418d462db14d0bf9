import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTempFolder } from '../../../src/process/index.js';
import { findQemu } from '../../../src/vm/qemu/find-qemu.js';
import { QemuMachine } from '../../../src/vm/qemu/qemu-machine.js';
import { describeTinyMachine } from './tiny-guest.js';

test('without QEMU, the package that has it is named', () => {
  expect(() => findQemu('x64', { path: '/nowhere' })).toThrow(
    expect.objectContaining({
      code: 'ERR_GLOVEBOX_UNSUPPORTED',
      message:
        'vm is not available: qemu-system-x86_64 is not on PATH. To mend it: apt-get install --no-install-recommends qemu-system-x86, or put qemu-system-x86_64 on PATH',
    }),
  );
});

/** What starting a machine comes to, whose QEMU is a script. */
async function startScript(lines: string, change: object, timeoutMs = 60_000): Promise<unknown> {
  using folder = createTempFolder();
  const qemu = join(folder.path, 'qemu');
  writeFileSync(qemu, `#!/bin/sh\n${lines}\n`);
  chmodSync(qemu, 0o755);
  const spec = { ...(await describeTinyMachine({ kernelImage: '/boot/image' })), ...change };
  const start = QemuMachine.start(spec, { initramfs: new Uint8Array(0) }, { qemu, timeoutMs });
  return await start.then(
    (machine) => machine[Symbol.asyncDispose](),
    (error: unknown) => error,
  );
}

test('a QEMU that does not answer is told of, and ended', async () => {
  expect(await startScript('exec sleep 1000', { accelerator: 'kvm' }, 200)).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_START',
    message:
      'QEMU has not answered 200 ms after its start. KVM may be of no use here: with accelerator "tcg" the guest is emulated\n  the console is empty',
  });
});

test('a QEMU that ends at once is told of, with what it wrote and what may help', async () => {
  const refuse = (words: string) => startScript(`echo "qemu: ${words}" >&2; exit 1`, { memoryMiB: 999 });
  expect(await refuse("cannot set up guest memory 'pc.ram': Cannot allocate memory")).toMatchObject({
    code: 'ERR_GLOVEBOX_VM_START',
    message: expect.stringMatching(
      /^QEMU ended before the guest wrote anything\. This machine has no 999 MiB to give: lower memoryMiB\n {2}QEMU wrote:\n {4}qemu: cannot set up/,
    ),
  });
  expect(await refuse('no')).toMatchObject({
    message: expect.stringContaining('Is /boot/image a kernel for x64?'),
  });
});
