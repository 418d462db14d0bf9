import { expect, test } from 'vitest';
import { LineSplitter } from '../../../src/process/logs/line-splitter.js';
import { mergeLogs } from '../../../src/process/logs/merge-logs.js';
import type { Process } from '../../../src/process/process.js';
import { spawn } from '../../../src/process/spawn.js';
import type { SpawnOptions } from '../../../src/process/spawn-options.js';
import { keep } from '../../support/keep.js';

async function start(command: readonly string[], options: SpawnOptions = {}): Promise<Process> {
  const [name = '', ...args] = command;
  return keep(await spawn(name, args, options));
}

function split(pieces: readonly (string | Buffer)[]): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(Buffer.from(piece));
  splitter.end();
  return lines;
}

test('pieces become lines, whatever ends them and wherever they were cut', () => {
  expect(split(['one\ntw', 'o\r\n', '\nthree'])).toEqual(['one', 'two', '', 'three']);
  const euro = Buffer.from('€\n');
  expect(split([euro.subarray(0, 1), euro.subarray(1)])).toEqual(['€']);
  expect(split([])).toEqual([]);
});

test('a line without an end is cut before it fills the memory', () => {
  const lines = split(Array.from({ length: 3 }, () => 'x'.repeat(700_000)));
  expect(lines.map((line) => line.length)).toEqual([1_048_576, 1_048_576, 2848]);
});

test.for(['pipe', 'file'] as const)(
  'a line is waited for, whether it was written or is to come: %s',
  async (output) => {
    const program = await start(['sh', '-c', 'echo one; read go; echo two >&2; sleep 1000'], { output, stdin: 'pipe' });
    const one = await program.logs.waitForLine('one');
    expect(await program.logs.waitForLine(/^on/)).toBe(one);
    const two = program.logs.waitForLine(({ text, stream }) => text === 'two' && stream === 'stderr');
    program.stdin?.write('go\n');
    expect((await two).atMs).toBeGreaterThanOrEqual(one.atMs);
  },
);

test('a line that does not come is told with the last that did; one from now on is not one of before', async () => {
  const program = await start(['sh', '-c', 'echo one; echo two; exec sleep 1000']);
  await program.logs.waitForLine('two');
  await expect(program.logs.waitForLine('three', { timeoutMs: 20 })).rejects.toThrow(
    'a line with "three" did not come in 20 ms; the last it wrote:\n  one\n  two',
  );
  const { count } = program.logs;
  await expect(program.logs.waitForLine('two', { timeoutMs: 20, from: count })).rejects.toThrow('did not come');
});

test('only the last lines are kept, and all are counted', async () => {
  const program = await start(['seq', '1', '1000'], { logLimit: 10 });
  await program.waitForExit();
  expect(program.logs.count).toBe(1000);
  expect(program.logs.lines().map(({ text }) => Number(text))).toEqual([
    991, 992, 993, 994, 995, 996, 997, 998, 999, 1000,
  ]);
  expect(program.logs.lines(998).map(({ text }) => text)).toEqual(['999', '1000']);
});

test('a file loses nothing of what a program wrote that ended abruptly', async () => {
  const script = `for (let i = 0; i < 20000; i++) process.stdout.write('line ' + i + ' ' + 'x'.repeat(50) + '\\n'); process.exit(0)`;
  const program = await start([process.execPath, '-e', script], { output: 'file', logLimit: 20_000 });
  await program.waitForExit();
  expect(program.logs.count).toBe(20_000);
  expect(program.logs.lines().every(({ text }, index) => text.startsWith(`line ${index} `))).toBe(true);
});

test('a program that closes its output and goes on is not taken for ended', async () => {
  const program = await start(['sh', '-c', 'echo last; exec >&- 2>&-; exec sleep 1000']);
  await program.logs.waitForLine('last');
  expect(program.state).toBe('running');
  expect((await program.kill()).signal).toBe('SIGKILL');
});

test('what several programs wrote is put in the order in which it came', async () => {
  await using first = await spawn('sh', ['-c', 'echo one; read go; echo three'], {
    stdin: 'pipe',
    ready: { log: 'one' },
  });
  await using second = await spawn('sh', ['-c', 'echo two >&2'], { ready: { log: 'two' } });
  first.stdin?.end('go\n');
  await first.logs.waitForLine('three');
  const merged = mergeLogs([second, first]);
  expect(merged.map(({ source, stream, text }) => [source === first ? 'first' : 'second', stream, text])).toEqual([
    ['first', 'stdout', 'one'],
    ['second', 'stderr', 'two'],
    ['first', 'stdout', 'three'],
  ]);
  expect(() => mergeLogs(JSON.parse('{}'))).toThrow('mergeLogs: it takes an array of programs');
});
