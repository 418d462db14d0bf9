import { existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AbortedError, quote, UsageError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';

/** How a lab is held for a person to look at. */
export interface PauseOptions {
  /**
   * A file that is written, with the page; the pause ends when it is removed. It works without a terminal too.
   *
   * @defaultValue none
   */
  readonly file?: string;
  /** Ends the pause. */
  readonly signal?: AbortSignal;
}

/** How a pause ended: by Enter, by the removal of its file, or before it began, for there is nobody to end it. */
export type PauseEnd = 'enter' | 'file-removed' | 'no-terminal';

/** How often it is looked whether the file is still there. */
const LOOK_EVERY_MS = 100;

/**
 * Shows a page, and waits until a person has seen enough. Without a terminal, and with `CI` set, it says so and returns at
 * once, unless there is a file to wait for.
 *
 * @throws UsageError @throws AbortedError
 */
export async function pauseWith(page: string, options: PauseOptions = {}): Promise<PauseEnd> {
  checkOptions('Lab.pause', options);
  const { file, signal } = options;
  const mistakes = findUnknownOptions(options, ['file', 'signal']).concat(
    file === undefined || (typeof file === 'string' && file !== '') ? [] : [`file must be a path, not ${quote(file)}`],
  );
  if (mistakes.length > 0) throw new UsageError('Lab.pause', mistakes);
  if (signal?.aborted) throw new AbortedError('the pause of a lab was called off', { cause: signal.reason });
  const terminal = openTerminal();
  if (terminal === undefined && file === undefined) {
    process.stderr.write(`${page}\nNot paused: there is no terminal to press Enter at.\n`);
    return 'no-terminal';
  }
  if (file !== undefined) writeFileSync(file, page, { flag: 'wx' });
  const ways = [
    ...(terminal === undefined ? [] : ['press Enter here']),
    ...(file === undefined ? [] : [`remove ${file}`]),
  ];
  const text = `${page}\nPaused; to go on, ${ways.join(', or ')}.\n`;
  if (terminal === undefined) process.stderr.write(text);
  else writeSync(terminal, text);
  return waitForEnd(terminal, file, signal);
}

/** The terminal of the session: in a worker of Vitest's, standard input is something else. */
function openTerminal(): number | undefined {
  if (process.env['CI'] !== undefined) return undefined;
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    // ENXIO without one, ENOENT in a container without devices.
    return undefined;
  }
}

function waitForEnd(
  terminal: number | undefined,
  file: string | undefined,
  signal: AbortSignal | undefined,
): Promise<PauseEnd> {
  const clock = new RealClock();
  const input = terminal === undefined ? undefined : new ReadStream(terminal);
  return new Promise<PauseEnd>((resolve, reject) => {
    let timer: { cancel(): void } | undefined;
    const stop = (): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
      input?.destroy();
    };
    const end = (how: PauseEnd): void => {
      stop();
      resolve(how);
    };
    const abort = (): void => {
      stop();
      reject(new AbortedError('the pause of a lab was called off', { cause: signal?.reason }));
    };
    const look = (path: string): void => {
      if (!existsSync(path)) end('file-removed');
      else timer = clock.setTimer(() => look(path), LOOK_EVERY_MS);
    };
    signal?.addEventListener('abort', abort, { once: true });
    input?.once('data', () => end('enter'));
    // The terminal was closed: there is nobody any more.
    input?.once('error', () => end('no-terminal'));
    if (file !== undefined) look(file);
  });
}
