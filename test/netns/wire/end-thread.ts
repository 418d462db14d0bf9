import process from 'node:process';

/** Ends the thread that calls it. */
export function endThread(): 'pass' {
  process.exit(7);
}
