import process from 'node:process';
import { UsageError } from '../../core/errors.js';
import { readSocketInodes, readTargets } from '../proc/descriptors.js';
import { hasEnded, listPids, readChildren } from '../proc/processes.js';
import type { Process } from '../process.js';
import { NamespaceListeners } from './listening-places.js';
import { type ProcessLeak, toProcessLeak } from './process-leak.js';

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
  const toLeak = (kind: ProcessLeak['kind'], pid: number, words: string): ProcessLeak =>
    toProcessLeak(program, kind, pid, words);
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
