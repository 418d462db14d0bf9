// What a worker's process runs: `node worker-main.js MODULE CONTROL-DESCRIPTOR`. It imports nothing before the hook is in
// place, which lets sources be found by the names that they have when they are built.
import { registerHooks } from 'node:module';

const isSource = import.meta.url.endsWith('.ts');

registerHooks({
  resolve(specifier, context, next) {
    const entry = isSource ? /^glovebox(?:\/(.+))?$/.exec(specifier) : null;
    if (entry !== null) return next(new URL(`../../${entry[1] ?? '.'}/index.ts`, import.meta.url).href, context);
    try {
      return next(specifier, context);
    } catch (error) {
      if (!specifier.endsWith('.js')) throw error;
      return next(`${specifier.slice(0, -3)}.ts`, context);
    }
  },
});

const [, , modulePath = '', controlFd = ''] = process.argv;
const { runWorker } = await import('./worker-runtime.js');
runWorker(modulePath, Number(controlFd));
