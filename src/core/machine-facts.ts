import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import process from 'node:process';

/** Where it is run, as far as figures depend on it: two runs on different machines are not to be compared. */
export function readMachineFacts(): Readonly<Record<string, string | number>> {
  return {
    node: process.version,
    platform: platform(),
    architecture: process.arch,
    kernel: release(),
    processors: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
  };
}
