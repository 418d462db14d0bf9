import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cac } from 'cac';
import { describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/entries.js';
import { findLacking } from '../../src/cli/doctor/command.js';
import { restoreTexts } from '../../src/cli/restore-texts.js';
import { readReport, runCli } from './run-cli.js';

// Every test starts processes, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const hint = 'glovebox --help lists the commands, glovebox <command> --help its options\n';

describe('a command line that cannot be meant', () => {
  test.each([
    ['an unknown command', ['doctr'], 'glovebox: "doctr" is no command. Did you mean "doctor"?'],
    ['an unknown option', ['doctor', '--jso'], 'glovebox doctor: "--jso" is no option. Did you mean "--json"?'],
    ['an unknown option before a command', ['--frobnicate'], 'glovebox: "--frobnicate" is no option'],
    ['an unknown letter', ['doctor', '-x'], 'glovebox doctor: "-x" is no option'],
    ['an argument', ['doctor', 'bpf'], 'glovebox doctor: "bpf" is one argument too many'],
    [
      'an option without its value',
      ['doctor', '--require'],
      'glovebox doctor: "--require" takes a value, --require <ids>',
    ],
    [
      'a value without an id',
      ['doctor', '--require', ','],
      'glovebox doctor: --require takes ids with commas between them, such as "bpf,tcx"',
    ],
    [
      'an unknown check',
      ['doctor', '--only', 'tcxx'],
      'glovebox doctor: --only has "tcxx", which is no check. Did you mean "tcx" or "tc"?',
    ],
    [
      'a rung where only checks can be',
      ['doctor', '--only', 'container'],
      'glovebox doctor: --only has "container", which is no check',
    ],
    [
      'a number',
      ['doctor', '--require', '12345678'],
      'glovebox doctor: --require has "12345678", which is no check and no rung',
    ],
  ])('%s is refused with exit code 2', (_what, args, message) => {
    expect(runCli(args)).toEqual({ exitCode: 2, stdout: '', stderr: `${message}\n${hint}` });
  });

  test('a command without a rung is told which there are', () => {
    expect(runCli(['run', '--', 'true'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `glovebox run: --as is missing, which says at which rung the command is run:
    --as user       an ordinary user: you, or for root who called sudo or owns the project
    --as rootless   root of a user namespace with a network of its own
    --as root       root of this machine, by sudo
    --as vm         root of a virtual machine with a kernel of its own
    --as container  root of a container, of an image or with the files of this machine
  such as: glovebox run --as rootless -- npx vitest run
${hint}`,
    });
  });

  test('what looks like a number stays as it was written: a kernel 5.10 is not 5.1', () => {
    const kernels = (argv: readonly string[]) => {
      const cli = cac('glovebox');
      cli.option('--kernel <kernel>', '').option('--dry-run', '').option('--memory-size <MiB>', '');
      cli.parse(['node', 'glovebox', ...argv], { run: false });
      restoreTexts(cli);
      return cli.options;
    };
    expect(kernels(['--kernel', '5.10', '--memory-size=1e3', '--', '--kernel', '6.10'])).toEqual({
      '--': ['--kernel', '6.10'],
      kernel: '5.10',
      memorySize: '1e3',
    });
    expect(kernels(['--kernel=6.10', '--kernel', '007', '--dry-run'])).toMatchObject({
      kernel: ['6.10', '007'],
      dryRun: true,
    });
  });

  test('is refused with all its mistakes at once', () => {
    const { exitCode, stderr } = runCli(['doctor', '--require', 'containr,vmm', '--only', 'kwm']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('glovebox doctor: 3 mistakes:');
    expect(stderr).toContain('--only has "kwm", which is no check. Did you mean "kvm"');
    expect(stderr).toContain('--require has "containr", which is no check and no rung. Did you mean "container"');
    expect(stderr).toContain('--require has "vmm", which is no check and no rung. Did you mean "vm"');
  });
});

describe('glovebox', () => {
  test('alone shows its commands', () => {
    const { exitCode, stdout } = runCli([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}doctor {2,}Say what this machine can do/m);
  });

  test('tells the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
    expect(runCli(['--version']).stdout).toContain(`glovebox/${version} `);
  });

  test('tells the options of a command, and runs nothing', () => {
    const { exitCode, stdout } = runCli(['doctor', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--require <ids>');
    expect(stdout).not.toContain('this is Node.js');
  });
});

describe('--require', () => {
  test('that is met leaves the exit code 0', () => {
    const { exitCode, stderr } = runCli(['doctor', '--only', 'node', '--require', 'fake', '--require', 'node']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('that is not met makes it 1 and says which is lacking, behind the whole report', () => {
    // A machine whose Docker host is nowhere: the one thing that can be taken away from outside.
    const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const { exitCode, stdout, stderr } = runCli(['doctor', '--only', 'node', '--require', 'node,container,docker'], {
      env,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('\nglovebox doctor: required and not ok: container (missing), docker (missing)\n');
    expect(stdout).toContain('container: missing (the same, with an image)');
  });

  test('asks what a required rung needs, even if only other checks are asked for', () => {
    const report = readReport(runCli(['doctor', '--json', '--only', 'node', '--require', 'netns']));
    expect(report.checks.map(({ id }) => id)).toEqual(['node', 'ffi', 'network-namespace', 'veth']);
  });

  test('counts what is limited as not ok, and each id once', () => {
    const report = readReport(runCli(['doctor', '--json', '--only', 'node']));
    const checks = report.checks.map((check) => ({ ...check, status: 'limited' as const }));
    expect(findLacking({ ...report, checks, rungs: [] }, ['node', 'node', 'tcx'])).toEqual([
      'node (limited)',
      'tcx (missing)',
    ]);
  });
});

describe('colour', () => {
  test('is left away where there is no terminal, and by --no-color where it was forced', () => {
    expect(runCli(['doctor', '--only', 'node']).stdout).not.toContain('\u001b');
    const env = { FORCE_COLOR: '1' };
    expect(runCli(['doctor', '--only', 'node'], { env }).stdout).toContain('\u001b');
    expect(runCli(['doctor', '--only', 'node', '--no-color'], { env }).stdout).not.toContain('\u001b');
  });
});
