import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { root } from '../../scripts/entries.js';
import type { DoctorReport } from '../../src/doctor/doctor.js';
import { PROBES } from '../../src/doctor/doctor.js';
import { TYPESCRIPT } from '../support/typescript.js';

/** How {@link runCli} runs. */
export interface RunCliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The user and group to run as, for root. */
  readonly user?: number;
}

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command that runs glovebox from its sources. */
export const CLI: readonly [string, ...string[]] = [process.execPath, ...TYPESCRIPT, `${root}src/cli/glovebox.ts`];

/** Runs glovebox from its sources, without a terminal. */
export function runCli(args: readonly string[], { env = {}, user }: RunCliOptions = {}): CliResult {
  const { FORCE_COLOR: _color, NO_COLOR: _plain, CI: _ci, ...inherited } = process.env;
  const [program, ...rest] = CLI;
  const { status, stdout, stderr, error } = spawnSync(program, [...rest, ...args], {
    cwd: '/',
    encoding: 'utf8',
    env: { ...inherited, ...env },
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  if (error !== undefined) throw error;
  return { exitCode: status, stdout, stderr };
}

/** The report that a run with `--json` printed. */
export function readReport({ stdout, stderr }: CliResult): DoctorReport {
  try {
    return JSON.parse(stdout) as DoctorReport;
  } catch (cause) {
    throw new Error(`this is no JSON: ${stdout}\n${stderr}`, { cause });
  }
}

/** All checks but those that boot a machine, which take seconds where KVM hangs. */
export const QUICK = PROBES.map(({ id }) => id).filter((id) => id !== 'kvm' && id !== 'emulation');

/** The user "nobody". */
export const ORDINARY_USER = 65534;
