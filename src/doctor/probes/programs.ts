import type { Installable } from '../distribution.js';
import { fixByInstalling } from '../fixes.js';
import { missing, ok, type Probe } from '../probe.js';
import { describeFailure, findProgram, runProgram } from '../programs.js';

const TIMEOUT_MS = 5000;

/** Programs that glovebox does without, and people like to have beside it. */
export const PROGRAMS: readonly Probe[] = [
  program('ip', ['-V'], 'iproute2'),
  program('tc', ['-V'], 'iproute2'),
  program('nft', ['--version'], 'nftables'),
  program('bpftool', ['version'], 'bpftool'),
  program('tshark', ['--version'], 'tshark'),
];

function program(name: string, args: readonly string[], brings: Installable): Probe {
  return {
    id: `program-${name}`,
    title: `the program ${name}`,
    rung: 'netns',
    group: 'programs (optional)',
    waits: true,
    run: async (machine) => {
      const path = findProgram(machine, name);
      if (path === undefined) return missing(`no ${name} on the path`, fixByInstalling(machine, brings));
      const result = await runProgram(machine, [path, ...args], { timeoutMs: TIMEOUT_MS });
      const said = result.stdout.trim().split('\n')[0] ?? '';
      if (result.exitCode === 0) return ok(`${path} ${args.join(' ')}: ${said}`);
      return missing(`${path} ${args.join(' ')}: ${describeFailure(result)}`, fixByInstalling(machine, brings));
    },
  };
}
