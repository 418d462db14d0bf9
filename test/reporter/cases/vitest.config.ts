import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { gloveboxProjects } from '../../../src/config/index.js';
import { GloveboxReporter } from '../../../src/reporter/index.js';

const include = (name: string) => [join(import.meta.dirname, `${name}.case.ts`)];

export default defineConfig({
  root: import.meta.dirname,
  test: {
    projects: gloveboxProjects({
      tiers: ['unit', 'privileged'],
      include: { unit: include('unit'), privileged: include('late') },
    }),
    reporters: process.argv.includes('--reporter=blob') ? ['blob'] : ['default', new GloveboxReporter()],
  },
});
