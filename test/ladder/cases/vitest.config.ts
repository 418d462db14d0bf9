import { defineConfig } from 'vitest/config';
import { gloveboxProjects } from '../../../src/config/index.js';

export default defineConfig({
  root: import.meta.dirname,
  cacheDir: process.env['TMPDIR'] ?? '/tmp',
  test: { projects: gloveboxProjects({ tiers: ['privileged'], include: { privileged: ['ladder.case.ts'] } }) },
});
