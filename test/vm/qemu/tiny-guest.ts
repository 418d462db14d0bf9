import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempFolder } from '../../../src/process/index.js';
import { resolveKernel } from '../../../src/vm/kernel/resolve-kernel.js';
import type { MachineSpec } from '../../../src/vm/qemu/command-line.js';
import type { QemuMachine } from '../../../src/vm/qemu/qemu-machine.js';

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox stty -F /dev/ttyS1 raw -echo
echo the guest is up
exec </dev/ttyS1 >/dev/ttyS1 2>&1
echo ready
while read -r line; do eval "$line"; done
`;

/** An initramfs with BusyBox alone, which takes lines of shell on the second serial port. */
export function buildTinyInitramfs(): Uint8Array {
  using folder = createTempFolder();
  for (const each of ['bin', 'proc', 'dev']) mkdirSync(join(folder.path, each));
  copyFileSync('/bin/busybox', join(folder.path, 'bin/busybox'));
  writeFileSync(join(folder.path, 'init'), INIT);
  chmodSync(join(folder.path, 'init'), 0o755);
  const names = ['.', 'bin', 'proc', 'dev', 'init', 'bin/busybox'].map((each) => `${each}\n`).join('');
  return execFileSync('/bin/busybox', ['cpio', '-o', '-H', 'newc'], {
    cwd: folder.path,
    input: names,
    maxBuffer: 2 ** 25,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

export async function describeTinyMachine(overrides: Partial<MachineSpec> = {}): Promise<MachineSpec> {
  const kernel = await resolveKernel({ debian: '6.1' });
  return {
    architecture: 'x64',
    accelerator: 'tcg',
    memoryMiB: 96,
    cpus: 1,
    kernelImage: kernel.image,
    channel: 'serial',
    commandLine: '',
    devices: [],
    ...overrides,
  };
}

/** Sends a line, unless it is empty, and waits for a text that the guest writes. */
export function ask(machine: QemuMachine, line: string, answer: string): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    let text = '';
    const take = (bytes: Buffer): void => {
      text += bytes.toString();
      if (!text.includes(answer)) return;
      machine.channel.off('data', take);
      resolve();
    };
    machine.channel.on('data', take);
  });
  if (line !== '') machine.channel.write(`${line}\n`);
  return machine.guard(answered);
}
