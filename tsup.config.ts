import { readEntries } from './scripts/entries.js';

// Not defineConfig of tsup: its declarations do not hold under skipLibCheck: false.
export default {
  entry: Object.fromEntries(readEntries().map((entry) => [entry.output, entry.source])),
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  // A class such as UsageError must be one class, whichever entry it is imported from.
  splitting: true,
  dts: true,
  sourcemap: true,
  clean: true,
  external: ['vitest', /^node:/],
};
