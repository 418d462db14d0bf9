import { spawnSync } from 'node:child_process';
import { beforeEach } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors.js';

/** Skips each test of a file, with the reason, where tshark is not installed. */
export function needsTshark(): void {
  const isThere = spawnSync('tshark', ['--version']).status === 0;
  const { message } = new UnsupportedError({
    capability: 'tshark',
    reason: 'the program tshark, which reads captures, is not installed',
    fix: 'apt-get install --no-install-recommends tshark',
  });
  beforeEach((context) => context.skip(!isThere, message));
}

/** What tshark says, and what it complains about. */
export interface TsharkAnswer {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly complaints: string;
}

export function runTshark(file: string, ...args: readonly string[]): TsharkAnswer {
  const { status, stdout, stderr } = spawnSync('tshark', ['-r', file, ...args], { encoding: 'utf8' });
  const complaints = stderr.replace(/^Running as user.*\n/m, '').trim();
  return { status, lines: stdout.split('\n').filter((line) => line !== ''), complaints };
}

/** Some fields of every frame, a row each. @throws Error with what tshark complains about */
export function readFields(file: string, fields: readonly string[]): readonly (readonly string[])[] {
  const names = fields.flatMap((field) => ['-e', field]);
  const answer = runTshark(file, '-T', 'fields', '-E', 'separator=|', ...names);
  if (answer.status !== 0 || answer.complaints !== '') throw new Error(`tshark complains: ${answer.complaints}`);
  return answer.lines.map((line) => line.split('|'));
}

/** What capinfos says of a file, by its own names. */
export function readCapinfos(file: string): ReadonlyMap<string, string> {
  const { stdout } = spawnSync('capinfos', ['-M', file], { encoding: 'utf8' });
  return new Map(
    stdout.split('\n').flatMap((line) => {
      const [name = '', value] = line.split(/(?::| = )\s*(.*)/, 2);
      return value === undefined ? [] : [[name.trim(), value.trim()] as const];
    }),
  );
}
