import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Run by rootless.test.ts as an ordinary user, who may write nothing here.
export default defineConfig({
  cacheDir: join(process.env['HOME'] ?? tmpdir(), 'vite'),
  test: { root: import.meta.dirname, include: ['cases.ts'], testTimeout: 30_000 },
});
