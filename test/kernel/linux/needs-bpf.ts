import { beforeEach } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors.js';
import { errnoOf } from '../../../src/core/kernel-error.js';
import { LinuxKernel } from '../../../src/kernel/linux/linux-kernel.js';
import { createNetns } from '../../../src/native/netns.js';

/** Skips each test of a file, with the reason, where programs cannot be loaded and attached in namespaces. */
export function needsBpf(): void {
  beforeEach(async (context) => {
    const reason = await findReason();
    context.skip(reason !== undefined, reason);
  });
}

async function findReason(): Promise<string | undefined> {
  try {
    createNetns().close();
    await using kernel = new LinuxKernel();
    await kernel.load({ name: 'probe', type: 'xdp' });
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    if (errnoOf(error) === undefined) throw error;
    return new UnsupportedError({
      capability: 'bpf',
      reason: error instanceof Error ? error.message : String(error),
      fix: 'run the tests as root',
    }).message;
  }
}
