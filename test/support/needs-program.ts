import { existsSync } from 'node:fs';
import process from 'node:process';
import { beforeEach } from 'vitest';
import { UnsupportedError } from '../../src/core/errors.js';
import { readRequired } from '../../src/fixtures/requirements/requirement.js';
import { skipTest } from '../../src/fixtures/requirements/skip.js';

/** A program that tests need and glovebox does not. */
export interface NeededProgram {
  /** `chromium`. */
  readonly name: string;
  /** Where it may be. */
  readonly paths: readonly string[];
  /** What would bring it. */
  readonly fix: string;
}

/**
 * Skips each test of a file, with the reason, where a program is not there; with `GLOVEBOX_REQUIRE=all` each fails.
 *
 * @returns its path, where it is there
 */
export function needsProgram({ name, paths, fix }: NeededProgram): string | undefined {
  const found = paths.find((path) => existsSync(path));
  beforeEach((test) => {
    if (found !== undefined) return;
    const error = new UnsupportedError({ capability: name, reason: `there is no ${paths.join(', no ')}`, fix });
    if (readRequired(process.env).all) throw error;
    skipTest(test, { kind: 'rung', reason: error.message });
  });
  return found;
}
