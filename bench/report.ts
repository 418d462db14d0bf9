import { cpus, release, totalmem, type } from 'node:os';
import type { Outcome } from './benchmark.js';
import { describeTarget, groups } from './benchmark.js';

const header = ['group', 'benchmark', 'ours', 'peer', 'ratio', 'target', ''];

/** Three significant digits, with thousands separated; large numbers whole. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function toRow({ benchmark, result }: Outcome): readonly string[] {
  const { group, name, unit, ours, peer, peerName, ratio, pass } = result;
  return [
    group,
    name,
    `${formatNumber(ours)} ${unit}`,
    peer === null ? `missing: ${peerName}` : `${formatNumber(peer)} ${unit} (${peerName})`,
    ratio === null ? '–' : formatNumber(ratio),
    describeTarget(benchmark),
    pass === null ? 'not compared' : pass ? 'pass' : 'MISSED',
  ];
}

function align(
  rows: readonly (readonly string[])[],
  before: string,
  between: string,
  after: string,
): readonly string[] {
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => before + row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(between) + after);
}

/** The results as a table for the terminal. */
export function renderTable(outcomes: readonly Outcome[]): string {
  return align([header, ...outcomes.map(toRow)], '', '  ', '')
    .map((row) => row.trimEnd())
    .join('\n');
}

/** The rows of a document that was written before. */
function readRows(document: string): readonly (readonly string[])[] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([group = '']) => (groups as readonly string[]).includes(group));
}

/**
 * The results as docs/benchmarks.md: when, on which machine, and the table.
 *
 * @param document - As it was: groups that were not measured keep their rows.
 */
export function renderDocument(outcomes: readonly Outcome[], date: Date, document: string): string {
  const measured = outcomes.map(toRow);
  const kept = readRows(document).filter(([group]) => !measured.some(([other]) => other === group));
  const all = groups.flatMap((name) => [...kept, ...measured].filter(([group]) => group === name));
  const [title = '', ...rows] = align([header, ...all], '| ', ' | ', ' |');
  const processors = cpus();
  return [
    '# Benchmarks',
    '',
    'Each figure is measured against its peer in the same run, several rounds in turns; medians are shown. Written by',
    '`npm run bench -- --write-docs`; groups that are not asked for keep what was measured before.',
    '',
    `- Date: ${date.toISOString().slice(0, 10)}`,
    `- Machine: ${processors.length} cores (${processors[0]?.model.trim() || process.arch}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `- Kernel: ${type()} ${/^[\d.]+/.exec(release())?.[0] ?? release()}`,
    `- Node: ${process.version}`,
    '',
    title,
    title.replace(/[^|]/g, '-').replace(/\|-/g, '| ').replace(/-\|/g, ' |'),
    ...rows,
    '',
  ].join('\n');
}
