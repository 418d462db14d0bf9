import { readCommands, readEntries, readPageScripts, readThreads } from './scripts/entries.js';

const toMap = (files: readonly { readonly output: string; readonly source: string }[]) =>
  Object.fromEntries(files.map(({ output, source }) => [output, source]));

// Not defineConfig of tsup: its declarations do not hold under skipLibCheck: false.
export default {
  entry: toMap([...readEntries(), ...readCommands(), ...readThreads(), ...readPageScripts()]),
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  // A class such as UsageError must be one class, whichever entry it is imported from.
  splitting: true,
  // Nobody imports a command or a thread.
  dts: { entry: toMap(readEntries()) },
  sourcemap: true,
  clean: true,
  external: ['vitest', /^node:/],
};
