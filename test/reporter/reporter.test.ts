import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { gloveboxProjects } from '../../src/config/index.js';

function runCases(args: readonly string[], require = '') {
  const { GLOVEBOX_REQUIRE: _require, ...env } = process.env;
  const config = join(import.meta.dirname, 'cases/vitest.config.ts');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...args],
    { encoding: 'utf8', env: { ...env, ...(require === '' ? {} : { GLOVEBOX_REQUIRE: require }) } },
  );
  const told = stderr.split('\n').filter((line) => /^glovebox: (- |GLOVEBOX_REQUIRE)/.test(line));
  return { status, stdout, told };
}

const REPORTER = join(root, 'src/reporter/index.ts');
const LATER = `kernel>=99.1 is not available: the running kernel is ${release()}. To mend it: boot Linux 99.1 or later, or run the test at the vm rung`;
const SKIPPED = `glovebox: - 2 skipped: ${LATER} ("of a later kernel > runs one day", "of a later kernel > runs another day")`;

describe('the end of a run', { timeout: 60_000 }, () => {
  test('names what was missing once, with its tests and what would mend it', () => {
    const { status, told } = runCases([]);
    expect(told[0]).toBe(SKIPPED);
    expect(told).toHaveLength(2);
    expect(status).toBe(0);
  });

  test('is a failure when something is required and no test of a tier ran', () => {
    const { status, told } = runCases([], 'netns');
    expect(told.at(-1)).toBe(
      'glovebox: GLOVEBOX_REQUIRE=netns does not allow this: no test of the project "privileged" ran: all were skipped',
    );
    expect(status).toBe(1);
  });

  test('is a failure when the requirement itself is named', () => {
    const { status, stdout } = runCases(['-t', 'one day'], 'kernel>=99.1');
    expect(status).toBe(1);
    expect(stdout).toContain('1 failed');
  });

  test('knows the reasons of every shard once their reports are merged', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glovebox-blobs-'));
    try {
      for (const shard of [1, 2]) {
        const reporters = ['--reporter=blob', `--outputFile.blob=${folder}/${shard}.json`, `--reporter=${REPORTER}`];
        // Of a tier that did not run in one of them, another may have run some.
        expect(runCases([`--shard=${shard}/2`, ...reporters], 'netns').status).toBe(0);
      }
      const { status, told } = runCases([`--mergeReports=${folder}`]);
      expect({ status, first: told[0] }).toEqual({ status: 0, first: SKIPPED });
      expect(runCases([`--mergeReports=${folder}`], 'netns').status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('a tier that there is not is refused, with the one that is meant', () => {
  // @ts-expect-error: the compiler knows them too
  expect(() => gloveboxProjects({ tiers: ['units'] })).toThrow(
    'gloveboxProjects: "units" is no tier; there are unit, integration, privileged, vm, stress. Did you mean "unit"?',
  );
});
