import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The fake takes milliseconds; Linux frees what is let go in its own time.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 },
});
