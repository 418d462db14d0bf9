import process from 'node:process';
import { finished } from 'node:stream/promises';
import type { AgentExit } from '../../../vm/agent/agent-process.js';
import type { VmProcess } from '../../../vm/vm-process.js';
import { withInput } from '../with-input.js';

/** Connects this process's streams with those of a program in a guest, until it has ended and all that it wrote is written. */
export function relayStreams(program: VmProcess, { isTerminal }: { readonly isTerminal: boolean }): Promise<AgentExit> {
  return withInput(isTerminal, async (input) => {
    input.pipe(program.stdin);
    program.stdout.pipe(process.stdout, { end: false });
    program.stderr.pipe(process.stderr, { end: false });
    try {
      const outputs = Promise.all([program.stdout, program.stderr].map((stream) => finished(stream).catch(() => {})));
      const exit = await program.exit;
      await outputs;
      return exit;
    } finally {
      input.unpipe(program.stdin);
    }
  });
}
