import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fakeDriver } from '../../src/contract/drivers/fake-driver.js';
import { fuzzContract } from '../../src/contract/fuzz/fuzz-contract.js';
import { needsBpf } from '../kernel/linux/needs-bpf.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { WRONG_RULES, type WrongRule, wrongDriver } from './wrong-rules.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/fuzz.ts', import.meta.url));
const COMMANDS = Number(process.env['GLOVEBOX_FUZZ_COMMANDS'] ?? 20_000);
const SEED = Number(process.env['GLOVEBOX_SEED'] ?? 1);
/** Forty times what a command takes. */
const LONGEST_MS = 60_000 + COMMANDS * 40;

/** What has to happen in 20,000 commands, or they are blind there: the rules that refuse. */
const MEETINGS = [
  'addFilter: EEXIST',
  'attachTcx: ERANGE',
  'attachTcx: ESTALE',
  'attachTcxProgram: EBUSY',
  'attachTcxProgram: EEXIST',
  'attachTcxProgram: EPERM',
  'attachTracepoint: EACCES',
  'attachTracepoint: EEXIST',
  'attachUprobe: EACCES',
  'attachXdp: EBUSY',
  'attachXdp: EEXIST',
  'attachXdp: EOPNOTSUPP',
  'createClsact: EEXIST',
  'createMap: E2BIG',
  'createMap: EPERM',
  'deleteFilter: ok',
  'detachTcxProgram: EBUSY',
  'detachTcxProgram: ENOENT',
  'detachTcxProgram: ESTALE',
  'detachTcxProgram: ok',
  'forceDetach: EOPNOTSUPP',
  'load: E2BIG',
  'load: EACCES',
  'load: ENOSPC',
  'load: EPERM',
  'open: EACCES',
  'pin: EEXIST',
  'queryTcx: ENOSPC',
  'setXdp: EBUSY',
  'setXdp: EEXIST',
  'setXdp: EPERM',
  'updateElement: E2BIG',
  'updateElement: EEXIST',
  'updateElement: EPERM',
  'updateLink: EINVAL',
  'updateLink: ENOLINK',
  'updateLink: EPERM',
];

interface Report {
  readonly commands: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly difference?: string;
}

describe('the fake and the running Linux', () => {
  needsBpf();

  test(`agree in ${COMMANDS} random commands`, { timeout: LONGEST_MS }, async () => {
    const report = await fuzzInProcesses();
    // The message is the report: the commands, what differs, and the command line that shows it again.
    if (report.difference !== undefined) throw new Error(report.difference);
    expect(report.commands).toBeGreaterThanOrEqual(COMMANDS);
    const missing = COMMANDS < 20_000 ? [] : MEETINGS.filter((meeting) => !(meeting in report.outcomes));
    expect(missing).toEqual([]);
  });
});

describe('the fuzzer', () => {
  const reversed = wrongDriver(findRule('the order of a TCX hook is reversed'));

  test('finds no difference between a fake and another', async () => {
    const report = await fuzzContract(fakeDriver('6.18'), fakeDriver('6.18'), { commands: 1000, seed: SEED });
    expect(report.difference?.message).toBe(undefined);
    expect(report.commands).toBeGreaterThanOrEqual(1000);
  });

  test('makes the commands short, and its report says what was called, what differs and how to see it again', async () => {
    const { difference } = await fuzzContract(reversed, fakeDriver('6.18'), { commands: 2000, seed: 3 });
    expect(difference?.commands.length).toBeLessThanOrEqual(3);
    const lines = difference?.message.split('\n') ?? [];
    expect(lines[0]).toMatch(/^FakeKernel of which .* and FakeKernel 6\.18 differ after [123] commands?:$/);
    expect(lines[2]).toMatch(/^ {2}1\. \w+\(\{ .* \}\)/);
    expect(lines).toContain('What is there after it:');
    expect(lines.at(-1)).toBe(
      `To see it again: seed 3, path "${difference?.path}": npm run fuzz -- --seed 3 --path ${difference?.path}`,
    );
  });

  test('shows the same difference again by seed and path', async () => {
    const first = (await fuzzContract(reversed, fakeDriver('6.18'), { commands: 2000, seed: 3 })).difference;
    const again = await fuzzContract(reversed, fakeDriver('6.18'), { seed: 3, path: first?.path ?? '', shrink: false });
    expect(again.difference?.commands).toEqual(first?.commands);
    expect(again.worlds).toBe(1);
  });

  test('a driver that breaks is no difference', async () => {
    const broken = { ...fakeDriver('6.18'), open: () => Promise.reject(new Error('the machine is on fire')) };
    await expect(fuzzContract(broken, fakeDriver('6.18'), { commands: 10 })).rejects.toThrow('the machine is on fire');
  });
});

function findRule(title: string): WrongRule {
  const found = WRONG_RULES.find((rule) => rule.title === title);
  if (found === undefined) throw new RangeError(`no rule is wrong in that ${title}`);
  return found;
}

/** `npm run fuzz`, which uses several processes. */
function fuzzInProcesses(): Promise<Report> {
  const args = [...TYPESCRIPT, SCRIPT, '--json', '--commands', String(COMMANDS), '--seed', String(SEED)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`the fuzzer reported nothing: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout));
    });
  });
}
