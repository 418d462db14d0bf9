import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/entries.js';
import type { DoctorReport } from '../../src/doctor/doctor.js';
import { examine, PROBES } from '../../src/doctor/doctor.js';
import { readMachine } from '../../src/doctor/machine.js';
import type { Check } from '../../src/doctor/run-probes.js';
import { RUNGS } from '../../src/doctor/rungs.js';
import { ORDINARY_USER, QUICK, readReport, runCli } from './run-cli.js';

// Every test starts processes, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const find = (report: DoctorReport, id: string): Check => {
  const check = report.checks.find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
};

/** What holds of every report, whatever the machine. */
function expectWhole(report: DoctorReport, ids: readonly string[]): void {
  expect(report.checks.map(({ id }) => id)).toEqual(ids);
  for (const check of report.checks) {
    const keys = ['id', 'title', 'rung', 'group', 'status', 'evidence', 'durationMs'];
    expect(Object.keys(check).sort()).toEqual([...keys, ...(check.status === 'ok' ? [] : ['fix'])].sort());
    expect(['ok', 'limited', 'missing']).toContain(check.status);
    expect(check.evidence, check.id).toMatch(/\S{2}/);
    expect(check.evidence, check.id).not.toMatch(/\n|undefined|the probe itself failed/);
    expect(check.durationMs).toBeGreaterThanOrEqual(0);
    if (check.fix === undefined) continue;
    expect(check.fix.text, check.id).toMatch(/\S{2}/);
    expect(check.fix.command ?? 'none', check.id).toMatch(/^\S.*\S$/);
  }
}

describe('the list of probes', () => {
  const ids = PROBES.map(({ id }) => id);

  test('has every id once, and none of a rung', () => {
    expect(new Set([...ids, ...RUNGS.map(({ id }) => id)]).size).toBe(ids.length + RUNGS.length);
    expect(ids.filter((id) => !/^[a-z][a-z\d-]*$/.test(id))).toEqual([]);
  });

  test('has all that the rungs need, on the rung that needs it', () => {
    for (const rung of RUNGS) {
      for (const need of rung.needs.flat()) {
        expect(PROBES.find(({ id }) => id === need)?.rung, need).toBe(rung.id);
      }
    }
  });
});

describe('glovebox doctor --json on this machine', () => {
  let report: DoctorReport;

  beforeAll(() => {
    const result = runCli(['doctor', '--json', '--only', QUICK.join(',')]);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    report = readReport(result);
  });

  test('has version 1, the machine, and every rung that it asked about', () => {
    expect(Object.keys(report)).toEqual(['version', 'machine', 'rungs', 'checks']);
    expect(report.version).toBe(1);
    expect(report.machine).toEqual({
      platform: process.platform,
      architecture: process.arch,
      kernelRelease: readMachine().kernelRelease,
      distribution: readMachine().distribution.name,
      uid: process.geteuid?.() ?? null,
    });
    expect(report.rungs.map(({ id }) => id)).toEqual(['fake', 'netns', 'container', 'vm']);
    for (const rung of report.rungs) expect(Object.keys(rung)).toEqual(['id', 'title', 'status', 'summary']);
  });

  test('has evidence for every check, and what would mend it for all that is not ok', () => {
    expectWhole(report, QUICK);
  });

  test('knows this Node.js', () => {
    expect(find(report, 'node').evidence).toContain(`Node.js ${process.versions.node};`);
    expect(report.rungs[0]).toMatchObject({ id: 'fake', status: 'ok', summary: '1 of 1 ok' });
  });
});

describe('the doctor as an ordinary user', () => {
  let report: DoctorReport;
  const options = process.geteuid?.() === 0 ? { user: ORDINARY_USER } : {};
  const mayRead = spawnSync('ls', [root], { uid: options.user, stdio: 'ignore' }).status === 0;

  beforeEach((context) =>
    context.skip(!mayRead, `an ordinary user may not read ${root}: check out where everybody may`),
  );
  beforeAll(() => {
    if (!mayRead) return;
    const result = runCli(['doctor', '--json', '--only', QUICK.join(',')], options);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    report = readReport(result);
  });

  test('has evidence and what would mend it too', () => {
    expectWhole(report, QUICK);
  });

  test('finds no privileges, and says how to get them', () => {
    expect(find(report, 'privileges')).toMatchObject({ status: 'missing', fix: expect.anything() });
    expect(find(report, 'privileges').evidence).toBe(`uid ${report.machine.uid}, effective: no capability`);
    expect(find(report, 'bpf').evidence).toContain('EPERM');
    expect(find(report, 'bpf').evidence).toContain('without CAP_BPF');
  });

  test('tries the network in a user namespace, and calls what works there limited', () => {
    const inside = find(report, 'user-namespace').status === 'ok';
    expect(find(report, 'network-namespace').status).toBe(inside ? 'limited' : 'missing');
    expect(find(report, 'veth').status).toBe(inside ? 'limited' : 'missing');
    expect(find(report, 'veth').evidence.startsWith('as root of a user namespace: ')).toBe(inside);
    expect(report.rungs.find(({ id }) => id === 'netns')?.status).toBe(inside ? 'limited' : 'missing');
  });

  test('calls nothing ok that takes root', () => {
    const ids = ['privileges', 'network-namespace', 'veth', 'netem', 'bpf', 'bpffs', 'xdp-native', 'tcx', 'tc', 'lsm'];
    expect(ids.filter((id) => find(report, id).status === 'ok')).toEqual([]);
  });
});

describe('the doctor without koffi', () => {
  test('says so once, tries what takes no system calls, and names no other reason', () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'koffi') throw new Error('koffi is not here');
        return next(name, context);
      } });`;
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` };
    const ids = [
      'node',
      'ffi',
      'privileges',
      'lockdown',
      'network-namespace',
      'veth',
      'bpf',
      'bpf-jit',
      'bpffs',
      'tcx',
      'kprobe',
    ];
    const result = runCli(['doctor', '--json', '--only', ids.join(',')], { env });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const report = readReport(result);
    expectWhole(report, ids);
    expect(find(report, 'ffi').evidence).toMatch(/; koffi is not here$/);
    expect(find(report, 'ffi').fix?.command).toBe('npm install --include=optional koffi');
    expect(report.rungs.map(({ id, status }) => `${id}: ${status}`)).toEqual(['fake: ok', 'netns: missing']);
    const others = ids.slice(ids.indexOf('network-namespace'));
    expect(new Set(others.map((id) => find(report, id).evidence))).toEqual(
      new Set(['nothing was tried: system calls cannot be made, as the check "ffi" says']),
    );
  });
});

describe('the doctor on another machine', () => {
  test.each(['darwin', 'win32'] as const)('of platform %s finds everything missing but Node.js', async (platform) => {
    const machine = { ...readMachine(), platform, uid: undefined };
    const report = await examine({ machine, self: ['false'] });
    expectWhole(
      report,
      PROBES.map(({ id }) => id),
    );
    const rest = report.checks.filter(({ id }) => id !== 'node');
    expect(new Set(rest.map(({ status, evidence }) => `${status}: ${evidence}`))).toEqual(
      new Set([`missing: Linux only, and this is ${platform}`]),
    );
    expect(report.rungs.map(({ status }) => status)).toEqual(['ok', 'missing', 'missing', 'missing']);
    expect(report.machine.uid).toBeNull();
  });

  test('without any program names the package of each', async () => {
    const machine = {
      ...readMachine(),
      path: [],
      uid: 0,
      distribution: { id: 'debian', name: 'Debian', family: 'debian' as const },
    };
    const ids = [
      'user-namespace',
      'program-ip',
      'program-tc',
      'program-nft',
      'program-bpftool',
      'program-tshark',
      'qemu',
      'kvm',
      'emulation',
    ];
    const report = await examine({ machine, only: ids });
    expectWhole(report, ids);
    expect(report.checks.map(({ status }) => status)).toEqual(ids.map(() => 'missing'));
    expect(find(report, 'program-tshark').fix).toEqual({
      command: 'apt-get install -y --no-install-recommends tshark',
      text: 'install tshark',
    });
    expect(find(report, 'user-namespace').fix?.command).toBe('apt-get install -y --no-install-recommends util-linux');
  });

  test('with a processor that there is no guest for tries none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glovebox-test-'));
    try {
      // A program of this name is all that it takes: it is not started.
      writeFileSync(join(folder, 'qemu-system-x86_64'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const machine = { ...readMachine(), platform: 'linux' as const, architecture: 'riscv64', path: [folder] };
      const report = await examine({ machine, only: ['emulation'] });
      expect(find(report, 'emulation')).toMatchObject({
        status: 'missing',
        evidence: 'nothing was tried: there is no guest for riscv64',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('virtual machines', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'glovebox-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are judged by booting one, and leave no file', () => {
    const report = readReport(
      runCli(['doctor', '--json', '--only', 'qemu,kvm,emulation'], { env: { TMPDIR: folder } }),
    );
    expectWhole(report, ['qemu', 'kvm', 'emulation']);
    expect(readdirSync(folder)).toEqual([]);
    const [qemu, kvm, emulation] = report.checks;
    if (qemu?.status === 'ok') {
      expect(emulation).toMatchObject({
        status: 'ok',
        evidence: expect.stringMatching(/^booted a guest of \d+ bytes: .* s$/),
      });
      expect(kvm?.evidence).toMatch(/booted a guest|did not run to its end|open \/dev\/kvm: E[A-Z]+/);
    }
    expect(report.rungs[0]?.status).toBe(qemu?.status === 'ok' ? 'ok' : 'missing');
  });
});
