import process from 'node:process';
import type { TerminalSize } from '../../container/attached-container.js';

/**
 * Tells of each new size of this process's terminal: one after the other, so that the last is the one that stays.
 *
 * @returns what ends that
 */
export function followSize(apply: (size: TerminalSize) => Promise<unknown>): () => void {
  const { stdout } = process;
  let applied: Promise<unknown> = Promise.resolve();
  const follow = (): void => {
    // What has ended meanwhile has no terminal.
    applied = applied.then(() => apply({ rows: stdout.rows, columns: stdout.columns })).catch(() => {});
  };
  stdout.on('resize', follow);
  return () => stdout.off('resize', follow);
}
