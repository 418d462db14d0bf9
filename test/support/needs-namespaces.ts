import { beforeEach } from 'vitest';
import { UnsupportedError } from '../../src/core/errors.js';
import { createNetns } from '../../src/native/netns.js';
import { findMissingSystemCalls } from '../../src/native/system-call.js';

/** Skips each test of a file, with the reason, where network namespaces cannot be made. */
export function needsNamespaces(): void {
  const reason = findReason();
  beforeEach(({ skip }) => {
    skip(reason !== undefined, reason);
  });
}

function findReason(): string | undefined {
  const missing = findMissingSystemCalls();
  if (missing !== undefined) return missing.message;
  try {
    createNetns().close();
    return undefined;
  } catch (error) {
    return new UnsupportedError({
      capability: 'netns',
      reason: error instanceof Error ? error.message : String(error),
      fix: 'run the tests as root',
    }).message;
  }
}
