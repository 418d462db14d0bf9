import { readName, readWords } from '../proc/processes.js';
import type { Process } from '../process.js';
import { renderCommand } from '../process-error.js';

/** Something that a program has left, or that was left of it. */
export interface ProcessLeak {
  /**
   * `process`: it runs, though the program has ended or nobody has stopped that. `output`: it holds the program's output
   * open. `socket`: it listens, on TCP, UDP or a Unix socket. `zombie`: it has ended, and its parent has not asked how.
   * `descriptors`: it has more files open than it had.
   */
  readonly kind: 'process' | 'output' | 'socket' | 'zombie' | 'descriptors';
  readonly pid: number;
  /** The command line of that. */
  readonly command: string;
  /** What it is, in words, with the program that it comes from and where that was started. */
  readonly description: string;
  /** The line of the test that started the program: `at file.test.ts:12:5`. */
  readonly startedAt: string | undefined;
}

/** A leak of a program, by what a process does and how it has to do with that. */
export function toProcessLeak(program: Process, kind: ProcessLeak['kind'], pid: number, words: string): ProcessLeak {
  const { startedAt } = program;
  const name = renderCommand([program.command, ...program.args]);
  const origin = `${name}${startedAt === undefined ? '' : `, started ${startedAt}`}`;
  const command = readCommand(pid);
  return { kind, pid, command, description: `process ${pid} (${command}) ${words} ${origin}`, startedAt };
}

function readCommand(pid: number): string {
  const words = readWords(pid);
  return renderCommand(words.length === 0 ? [readName(pid) || 'ended since'] : words);
}
