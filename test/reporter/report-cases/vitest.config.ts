import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { GloveboxReporter } from '../../../src/reporter/index.js';

export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'cases',
    include: [join(import.meta.dirname, '*.case.ts')],
    tags: [{ name: 'kernel>=99.1' }],
    reporters: [new GloveboxReporter({ outputFolder: process.env['REPORT_FOLDER'] ?? 'none', title: 'The cases' })],
  },
});
