import { globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DisposedError, quote, UnsupportedError, UsageError } from '../../core/errors.js';
import { createTempFolder, type TempFolder } from '../journal/temp-folder.js';

/** Where distributions put libfaketime; the one for programs with threads works with any. */
const PLACES = ['/usr/lib/*/faketime/libfaketimeMT.so.1', '/usr/{lib,lib64}/faketime/libfaketimeMT.so.1'];
const FILE = 'time';

/**
 * The wall clock of programs, which a test can move while they run (libfaketime). Only the time of day moves, as it
 * does when a machine's clock is set: timers and monotonic clocks go on as they are. Programs that are linked statically,
 * those of Go too, do not see it.
 *
 * @example
 * ```ts
 * using time = createFakeTime();
 * await using broker = await spawn('broker', [], { env: time.env });
 * time.set(3_600_000); // an hour ahead, from the next look on
 * ```
 */
export class FakeTime implements Disposable {
  /** What a program must be started with, for `env` of `spawn`. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: TempFolder;
  #offsetMs = 0;
  #isClosed = false;

  /** @internal Use `createFakeTime`. */
  constructor(folder: TempFolder, library: string) {
    this.#folder = folder;
    const before = process.env['LD_PRELOAD'];
    this.env = {
      LD_PRELOAD: before ? `${library}:${before}` : library,
      FAKETIME_TIMESTAMP_FILE: join(folder.path, FILE),
      // Each look at the clock is a look at the file, so that a jump is in effect at once.
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    this.#write(0);
  }

  /** How far the clock is ahead of the machine's, in milliseconds; behind it below 0. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Lets the clock be so far ahead, in milliseconds, or behind below 0; in effect at each program's next look. @throws UsageError */
  set(offsetMs: number): void {
    if (this.#isClosed) throw new DisposedError('FakeTime', 'set()');
    if (!Number.isFinite(offsetMs))
      throw new UsageError(
        'FakeTime.set',
        `offsetMs must be a finite number of milliseconds; received ${quote(offsetMs)}`,
      );
    this.#write(offsetMs);
    this.#offsetMs = offsetMs;
  }

  /** Programs that still run go by the machine's clock from then on. Safe to call twice. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#folder.remove();
  }

  #write(offsetMs: number): void {
    const file = join(this.#folder.path, FILE);
    const seconds = offsetMs / 1000;
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds.toFixed(6)}\n`);
    // A program that looks in between must not find half of it.
    renameSync(`${file}.new`, file);
  }
}

/** Makes a {@link FakeTime} that is right. @throws UnsupportedError without libfaketime */
export function createFakeTime(): FakeTime {
  const library = findLibrary();
  if (library === undefined) {
    const fix = 'install libfaketime; on Debian and Ubuntu: apt-get install libfaketime';
    const reason = 'libfaketime is not installed';
    throw new UnsupportedError({ capability: 'a clock that jumps', reason, fix });
  }
  const folder = createTempFolder({ prefix: 'glovebox-time-' });
  return new FakeTime(folder, library);
}

function findLibrary(): string | undefined {
  return globSync(PLACES)[0];
}
