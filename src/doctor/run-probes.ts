import { GloveboxError, UnsupportedError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { messageOf } from '../core/message-of.js';
import { fixByLinux } from './fixes.js';
import type { Machine } from './machine.js';
import { type Finding, missing, type Probe, type RungId } from './probe.js';

/** What a probe found, and how long it took. */
export interface TimedFinding extends Finding {
  /** In milliseconds; for probes that wait, beside the others. */
  readonly durationMs: number;
}

/** What a probe found, and what was asked. */
export interface Check extends TimedFinding {
  readonly id: string;
  readonly title: string;
  readonly rung: RungId;
  readonly group: string;
}

/**
 * Asks every probe and answers in their order: first those that do not wait, one by one, then the others, beside each
 * other. A probe that throws found something missing.
 *
 * @param known - What was found already, by id: it is not asked again.
 * @throws GloveboxError `ERR_GLOVEBOX_NAMESPACE_LOST`, after which nothing can be believed
 */
export async function runProbes(
  probes: readonly Probe[],
  machine: Machine,
  known: ReadonlyMap<string, TimedFinding> = new Map(),
): Promise<readonly Check[]> {
  const checks = new Map<Probe, Check>();
  const ask = async (probe: Probe) => {
    checks.set(probe, await runProbe(probe, machine, known.get(probe.id)));
  };
  for (const probe of probes.filter(({ waits }) => waits !== true)) await ask(probe);
  await Promise.all(probes.filter(({ waits }) => waits === true).map(ask));
  return probes.flatMap((probe) => checks.get(probe) ?? []);
}

async function runProbe(probe: Probe, machine: Machine, known: TimedFinding | undefined): Promise<Check> {
  const { id, title, rung, group } = probe;
  const start = performance.now();
  let finding: Finding;
  if (known !== undefined) return { id, title, rung, group, ...known };
  if (probe.anywhere !== true && machine.platform !== 'linux') {
    finding = missing(`Linux only, and this is ${machine.platform}`, fixByLinux());
  } else {
    try {
      finding = await probe.run(machine);
    } catch (error) {
      finding = explainException(error);
    }
  }
  return { id, title, rung, group, ...finding, durationMs: Math.round((performance.now() - start) * 100) / 100 };
}

function explainException(error: unknown): Finding {
  if (error instanceof UnsupportedError) {
    return missing(`nothing was tried: ${error.capability} cannot be made, as the check "ffi" says`, {
      text: error.fix,
    });
  }
  if (error instanceof GloveboxError && error.code === 'ERR_GLOVEBOX_NAMESPACE_LOST') throw error;
  const message = messageOf(error);
  if (errnoOf(error) !== undefined) {
    return missing(message, { text: 'the message says what the kernel refused; no command is known that mends it' });
  }
  return missing(`the probe itself failed: ${message}`, { text: 'this is a mistake in glovebox: please report it' });
}
