import { TimeoutError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import type { VmAgent } from './agent/vm-agent.js';
import type { QemuMachine } from './qemu/qemu-machine.js';

/** A guest under emulation, on a machine with other work, is slow: only one that is silent for long hangs. */
const PATIENCE: PingPatience = { everyMs: 5000, timeoutMs: 60_000 };

/** How often a guest is asked whether it is there, and how long it may take to say so. */
export interface PingPatience {
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** What a promise gives, unless the guest panics, is lost, or is silent for a minute meanwhile. @throws VmError */
export async function guardCall<T>(
  machine: QemuMachine,
  agent: VmAgent,
  promise: Promise<T>,
  patience: PingPatience = PATIENCE,
): Promise<T> {
  const over = new AbortController();
  const hung = watch(machine, agent, { ...patience, signal: over.signal });
  try {
    return await machine.guard(Promise.race([promise, hung]));
  } finally {
    over.abort();
  }
}

/** Never resolves: it rejects when the agent no longer answers. */
function watch(
  machine: QemuMachine,
  agent: VmAgent,
  { everyMs, timeoutMs, signal }: PingPatience & { readonly signal: AbortSignal },
): Promise<never> {
  const clock = new RealClock();
  return new Promise((_, reject) => {
    let timer = clock.setTimer(function ask() {
      agent.ping({ timeoutMs }).then(
        () => {
          if (!signal.aborted) timer = clock.setTimer(ask, everyMs);
        },
        (cause: unknown) => {
          // A line that is closed is the machine's own affair.
          if (!(cause instanceof TimeoutError)) return;
          const message = `The guest has not answered for ${timeoutMs / 1000} s`;
          reject(machine.describe('ERR_GLOVEBOX_VM_HUNG', { message, cause }));
        },
      );
    }, everyMs);
    signal.addEventListener('abort', () => timer.cancel(), { once: true });
  });
}
