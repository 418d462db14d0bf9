import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { decodeFidelityRun } from '../../src/contract/fidelity-file.js';
import { requireCapability } from '../../src/fixtures/requirements/require.js';
import { TYPESCRIPT } from '../support/typescript.js';

test("cases of the contract are tried on a kernel of Debian's, in a virtual machine", {
  timeout: 180_000,
}, async (context) => {
  await requireCapability(context, 'vm');
  // What the running kernel may lack, and this one has.
  const ids = ['perf.kprobe-type', 'perf.link-kprobe'];
  const script = [...TYPESCRIPT, `${root}scripts/fidelity.ts`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...script, '--kernel', '6.1', '--print', ...ids], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env['PATH']}` },
  });
  expect(status, stderr).toBe(0);
  const { release, version, cases } = decodeFidelityRun(stdout);
  expect({ release, version }).toEqual({ release: '6.1', version: expect.stringMatching(/^6\.1\.\d+$/) });
  expect(Object.entries(cases).map(([id, { verdict }]) => [id, verdict])).toEqual(ids.map((id) => [id, 'holds']));
});
