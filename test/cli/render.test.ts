import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderReport } from '../../src/cli/doctor/render.js';
import type { DoctorReport } from '../../src/doctor/doctor.js';
import type { Check } from '../../src/doctor/run-probes.js';

const check = (id: string, rest: Partial<Check>): Check => ({
  id,
  title: id,
  rung: 'netns',
  group: 'network',
  status: 'ok',
  evidence: `tried ${id}`,
  durationMs: 1,
  ...rest,
});

const asRoot = { command: 'sudo npx glovebox doctor', text: 'run as root' };

const report: DoctorReport = {
  version: 1,
  machine: { platform: 'linux', architecture: 'x64', kernelRelease: '6.12.1', distribution: 'Debian 13', uid: 1000 },
  rungs: [
    { id: 'fake', title: 'nothing is real', status: 'ok', summary: '1 of 1 ok' },
    { id: 'netns', title: 'private namespaces', status: 'limited', summary: '1 of 4 ok; limited: tun; missing: a, bb' },
  ],
  checks: [
    check('node', { rung: 'fake', group: 'ground' }),
    check('tun', { status: 'limited', fix: { text: 'start it with --device' } }),
    check('a', { status: 'missing', fix: asRoot }),
    check('bb', { status: 'missing', fix: asRoot }),
    check('kill', { group: 'processes' }),
  ],
};

describe('the report', () => {
  test('has a heading per rung and group, a word per status, and what would mend neighbours once', () => {
    expect(renderReport(report)).toBe(
      [
        'What this machine can do: Debian 13, linux 6.12.1, x64, uid 1000',
        '',
        'fake: ok (a model of the kernel in memory; nothing is real)',
        '  ground',
        '    ok       node  tried node',
        '',
        "netns: limited (this machine's kernel, in private namespaces)",
        '  network',
        '    limited  tun   tried tun',
        '                   mend: start it with --device',
        '    missing  a     tried a',
        '    missing  bb    tried bb',
        '                   mend: run as root',
        '                   $ sudo npx glovebox doctor',
        '  processes',
        '    ok       kill  tried kill',
        '',
        'Summary',
        '  fake       ok       1 of 1 ok',
        '  netns      limited  1 of 4 ok; limited: tun; missing: a, bb',
      ].join('\n'),
    );
  });

  test('shows checks of a rung that was not judged, without a verdict', () => {
    const checks = [check('tcx', {})];
    expect(
      renderReport({ ...report, rungs: [], checks })
        .split('\n')
        .slice(1),
    ).toEqual(['', "netns (this machine's kernel, in private namespaces)", '  network', '    ok       tcx  tried tcx']);
  });

  test('says in colour what it says without', () => {
    const coloured = renderReport(report, { color: true });
    expect(coloured).toContain('\u001b[31mmissing\u001b[39m');
    expect(stripVTControlCharacters(coloured)).toBe(renderReport(report));
  });

  test('breaks long evidence below itself, and no command', () => {
    const command = `sudo apt-get install -y ${'package '.repeat(9)}end`;
    const evidence = 'one two three four five six seven eight nine ten';
    const checks = [check('tun', { status: 'missing', evidence, fix: { command, text: 'install it' } })];
    const rows = renderReport({ ...report, rungs: report.rungs.slice(1), checks }, { columns: 46 }).split('\n');
    expect(rows.slice(4, 8)).toEqual([
      '    missing  tun  one two three four five six',
      '                  seven eight nine ten',
      '                  mend: install it',
      `                  $ ${command}`,
    ]);
  });

  test('is left as it is where a line has no room', () => {
    expect(renderReport(report, { columns: 12 })).toBe(renderReport(report));
  });

  test('of a machine without user ids and distribution names neither', () => {
    const machine = { ...report.machine, platform: 'win32' as const, distribution: '', uid: null };
    expect(renderReport({ ...report, machine }).split('\n')[0]).toBe('What this machine can do: win32 6.12.1, x64');
  });
});
