import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What stands in every page, so that it needs nothing from elsewhere. */
export interface PageAssets {
  /** The scripts, in their order. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** Reads uPlot from where it is installed, and the script of the page from beside this file, or from the build. */
export function readAssets(): PageAssets {
  const { resolve } = createRequire(import.meta.url);
  const read = (path: string | URL) => readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return {
    scripts: [read(resolve('uplot/dist/uPlot.iife.min.js')), read(locateClient())].map(closeNoElement),
    styles: [read(resolve('uplot/dist/uPlot.min.css'))],
  };
}

function locateClient(): URL {
  const self = import.meta.url;
  if (self.endsWith('.ts')) return new URL('./client.js', self);
  return new URL('report/page/client.js', self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length));
}

function closeNoElement(script: string): string {
  return script.replaceAll('</script', '<\\/script');
}
