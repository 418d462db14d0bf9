import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntries, root } from '../../scripts/entries.js';
import { ConsumerProject, findTarball } from './consumer-project.js';

describe('the packed package', () => {
  let project: ConsumerProject;
  let files: readonly string[] = [];

  beforeAll(() => {
    project = new ConsumerProject();
    files = project.run('tar', ['-tzf', findTarball()]).output.trim().split('\n');
  });
  afterAll(() => project[Symbol.dispose]());

  test('holds the build, the guides, the licence, the readme and the changelog, and nothing else', () => {
    const built = /^package\/dist\/.+\.(?:js|js\.map|d\.ts)$/;
    const guide = /^package\/docs\/(?:(?:decisions\/)?[\w-]+\.(?:md|svg)|images\/[\w-]+\.png)$/;
    const rest = files.filter((file) => !built.test(file) && !guide.test(file));
    expect(files).toContain('package/docs/getting-started.md');
    expect(rest.sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].map((file) => `package/${file}`),
    );
  });

  test('has the code and the declarations of every entry', () => {
    const outputs = readEntries().flatMap(({ output }) => [`package/dist/${output}.js`, `package/dist/${output}.d.ts`]);
    expect(files).toEqual(expect.arrayContaining(outputs));
  });

  test('has source maps that carry the sources and name no folder of the machine that built it', () => {
    const maps = files.filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    for (const file of maps) {
      const path = join(project.folder, 'node_modules/glovebox', file.slice('package/'.length));
      const map = JSON.parse(readFileSync(path, 'utf8')) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: readonly (string | null)[];
      };
      expect(map.sources.filter((source) => !source.startsWith('../'))).toEqual([]);
      expect(map.sourcesContent?.length ?? 0).toBe(map.sources.length);
    }
  });

  test('names no folder of the machine that built it anywhere', () => {
    const packed = join(project.folder, 'node_modules/glovebox');
    const { output } = project.run('grep', ['-rlF', root.replace(/\/$/, ''), packed]);
    expect(output).toBe('');
  });

  test('passes publint', async () => {
    const pkgDir = join(project.folder, 'node_modules/glovebox');
    const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('has types that are right for ESM, with Node and with bundlers', () => {
    const { exitCode, output } = project.run('attw', [findTarball(), '--profile', 'esm-only', '--no-emoji']);
    expect(exitCode, output).toBe(0);
  });
});
