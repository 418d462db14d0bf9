import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import { readSocketInodes, readTargets } from '../proc/descriptors.js';
import { hasEnded, listPids, readChildren, readName, readWords } from '../proc/processes.js';
import type { Process } from '../process.js';
import { renderCommand } from '../process-error.js';
import { NamespaceListeners } from './listening-places.js';

/** Something that a program has left, or that was left of it. */
export interface ProcessLeak {
  /**
   * `process`: it runs, though the program has ended or nobody has stopped that. `output`: it holds the program's output
   * open. `socket`: it listens, on TCP, UDP or a Unix socket. `zombie`: it has ended, and its parent has not asked how.
   */
  readonly kind: 'process' | 'output' | 'socket' | 'zombie';
  readonly pid: number;
  /** The command line of that. */
  readonly command: string;
  /** What it is, in words, with the program that it comes from and where that was started. */
  readonly description: string;
  /** The line of the test that started the program: `at file.test.ts:12:5`. */
  readonly startedAt: string | undefined;
}

/**
 * What programs have left: processes that still run, those who hold their output, sockets that listen, zombies. A
 * program that was stopped or killed leaves nothing when it is isolated. Who holds output that
 * goes to a file (`output: 'file'`) is not looked for.
 *
 * @throws UsageError when that is no list of programs
 *
 * @example
 * ```ts
 * await relay.waitForExit();
 * expect(findProcessLeaks([relay])).toEqual([]);
 * ```
 */
export function findProcessLeaks(programs: readonly Process[]): readonly ProcessLeak[] {
  if (!Array.isArray(programs)) throw new UsageError('findProcessLeaks', 'it takes an array of programs: [relay]');
  const namespaces = new NamespaceListeners();
  return programs.flatMap((program) => findOne(program, namespaces));
}

function findOne(program: Process, namespaces: NamespaceListeners): readonly ProcessLeak[] {
  const name = renderCommand([program.command, ...program.args]);
  const { startedAt } = program;
  const origin = `${name}${startedAt === undefined ? '' : `, started ${startedAt}`}`;
  const toLeak = (kind: ProcessLeak['kind'], pid: number, words: string): ProcessLeak => {
    const command = readCommand(pid);
    return { kind, pid, command, description: `process ${pid} (${command}) ${words} ${origin}`, startedAt };
  };
  const isOver = program.state === 'ended';
  const pids = program.pids();
  const zombies = pids.flatMap((pid) => readChildren(pid).filter((child) => hasEnded(child)));
  const holders = isOver ? findHolders(program.outputTargets) : [];
  return [
    ...pids.map((pid) =>
      toLeak('process', pid, isOver ? 'still runs, and was started by' : 'still runs, and belongs to'),
    ),
    ...holders.map((pid) => toLeak('output', pid, 'holds the output of')),
    ...pids.flatMap((pid) =>
      findListeners(pid, namespaces).map((place) => toLeak('socket', pid, `listens on ${place}, and belongs to`)),
    ),
    ...zombies.map((pid) => toLeak('zombie', pid, 'has ended, nobody has asked how, and it belongs to')),
  ];
}

/** Among all processes that can be looked into: whoever has left its group too. */
function findHolders(targets: readonly string[]): readonly number[] {
  if (targets.length === 0) return [];
  return listPids().filter((pid) => pid !== process.pid && readTargets(pid).some((target) => targets.includes(target)));
}

/** In the order of its descriptors. */
function findListeners(pid: number, namespaces: NamespaceListeners): readonly string[] {
  const own = [...new Set(readSocketInodes(pid))];
  if (own.length === 0) return [];
  const places = namespaces.seenBy(pid);
  return own.flatMap((inode) => places.get(inode) ?? []);
}

function readCommand(pid: number): string {
  const words = readWords(pid);
  return renderCommand(words.length === 0 ? [readName(pid) || 'ended since'] : words);
}
