import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInitramfs } from '../../../src/vm/initramfs/build-initramfs.js';
import { resolveBusybox } from '../../../src/vm/initramfs/resolve-busybox.js';
import { planModules } from '../../../src/vm/kernel/plan-modules.js';
import { resolveKernel } from '../../../src/vm/kernel/resolve-kernel.js';

const SOURCE = fileURLToPath(new URL('./one-line.c', import.meta.url));

/**
 * QEMU by hand, with the kernel and the files of a machine of ours, until its init has written a line, in milliseconds;
 * `undefined` where there is no C compiler.
 */
export async function timeBareBoot(memoryMiB: number): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-bench-'));
  try {
    const init = join(folder, 'init');
    const archive = join(folder, 'initramfs');
    const { status } = spawnSync('cc', ['-O2', '-static', '-o', init, SOURCE], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) return undefined;
    const kernel = await resolveKernel({ debian: '6.1' });
    const modules = planModules(kernel, ['virtio_pci', 'virtio_console']);
    writeFileSync(archive, buildInitramfs({ agent: readFileSync(init), modules, userland: await resolveBusybox({}) }));
    return await timeUntilOutput([
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-M', 'pc', '-accel', 'tcg,thread=multi'],
      ...['-cpu', 'max', '-m', String(memoryMiB), '-serial', 'stdio', '-kernel', kernel.image, '-initrd', archive],
      ...['-append', 'console=ttyS0 panic=-1 quiet'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timeUntilOutput(args: readonly string[]): Promise<number> {
  const startedAtMs = performance.now();
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(qemu, 'close');
  let text = '';
  for await (const bytes of qemu.stdout) {
    text += String(bytes);
    if (text.includes('the guest is up')) break;
  }
  const tookMs = performance.now() - startedAtMs;
  qemu.kill('SIGKILL');
  await ended;
  if (!text.includes('the guest is up')) throw new Error(`QEMU ended without the line of its init; it wrote: ${text}`);
  return tookMs;
}
