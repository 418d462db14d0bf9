import { TimeoutError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import type { VmAgent } from './agent/vm-agent.js';
import type { QemuMachine } from './qemu/qemu-machine.js';

/** A guest under emulation, on a machine with other work, is slow: only one that is silent for long hangs. */
const PING_EVERY_MS = 5000;
const PING_TIMEOUT_MS = 60_000;

/** What a promise gives, unless the guest panics, is lost, or is silent for a minute meanwhile. @throws VmError */
export async function guardCall<T>(machine: QemuMachine, agent: VmAgent, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const hung = watch(machine, agent, over.signal);
  try {
    return await machine.guard(Promise.race([promise, hung]));
  } finally {
    over.abort();
  }
}

/** Never resolves: it rejects when the agent no longer answers. */
function watch(machine: QemuMachine, agent: VmAgent, signal: AbortSignal): Promise<never> {
  const clock = new RealClock();
  return new Promise((_, reject) => {
    let timer = clock.setTimer(function ask() {
      agent.ping({ timeoutMs: PING_TIMEOUT_MS }).then(
        () => {
          if (!signal.aborted) timer = clock.setTimer(ask, PING_EVERY_MS);
        },
        (cause: unknown) => {
          // A line that is closed is the machine's own affair.
          if (!(cause instanceof TimeoutError)) return;
          const message = `The guest has not answered for ${PING_TIMEOUT_MS / 1000} s`;
          reject(machine.describe('ERR_GLOVEBOX_VM_HUNG', { message, cause }));
        },
      );
    }, PING_EVERY_MS);
    signal.addEventListener('abort', () => timer.cancel(), { once: true });
  });
}
