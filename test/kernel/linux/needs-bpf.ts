import { beforeEach } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors.js';
import { findNetnsObstacle } from '../../../src/fixtures/netns-machine.js';

/** Skips each test of a file, with the reason, where programs cannot be loaded and attached in namespaces. */
export function needsBpf(): void {
  const obstacle = findNetnsObstacle();
  beforeEach(async (context) => {
    const missing = await obstacle;
    const reason = missing && new UnsupportedError(missing).message;
    context.skip(reason !== undefined, reason);
  });
}
