import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { defineWorker } from '../../../../src/process/workers/define-worker.js';

/** A program that is disrupted, and can be asked what it notices. */
export default defineWorker({
  start: () => ({ pid: process.pid }),
  commands: {
    /** The time of day, and the monotonic clock. */
    readClocks: () => ({ wallMs: Date.now(), monotonicMs: performance.now() }),
    /** The error of a write of so many bytes to a folder, or nothing. */
    write: (folder: string, bytes: number) => {
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${folder}/file`, Buffer.alloc(bytes));
        return undefined;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    },
    /** How many files it can open, up to a number, and the error that came then. */
    openFiles: (most: number) => {
      const open: number[] = [];
      try {
        while (open.length < most) open.push(openSync('/dev/null', 'r'));
        return { count: open.length, code: undefined };
      } catch (error) {
        return { count: open.length, code: error instanceof Error && 'code' in error ? String(error.code) : '' };
      } finally {
        for (const fd of open) closeSync(fd);
      }
    },
  },
});
