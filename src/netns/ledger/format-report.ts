import type { LedgerData, LedgerFinding, LedgerHop } from './ledger-report.js';

const POINTS: Readonly<Record<LedgerHop['point'], string>> = {
  out: 'sent',
  in: 'received',
  ip: 'given to IP',
  read: 'read by programs',
  stage: '',
};

/** A count for people: `1,000,000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

interface Row {
  readonly name: string;
  readonly point: string;
  readonly packets: string;
  readonly note: string;
}

function toRows({ hops }: LedgerData): readonly Row[] {
  const depths: number[] = [];
  const forks = new Set(hops.map(({ parent }) => parent).filter((parent, index, all) => all.indexOf(parent) !== index));
  return hops.map(({ name, point, packets, lost, parent, isExact }) => {
    const depth = parent === undefined ? 0 : (depths[parent] ?? 0) + (forks.has(parent) ? 1 : 0);
    depths.push(depth);
    return {
      name: `${'  '.repeat(depth)}${name}`,
      point: POINTS[point],
      packets: `${isExact ? '' : '~'}${formatCount(packets)}`,
      note: lost > 0 ? `${formatCount(lost)} fewer` : '',
    };
  });
}

/** Aligned lines, what was found, and what to do. */
export function formatLedger(report: LedgerData): string {
  const rows = toRows(report);
  const width = (field: keyof Row): number => Math.max(0, ...rows.map((row) => row[field].length));
  const [nameWidth, pointWidth, packetsWidth] = [width('name'), width('point'), width('packets')];
  const lines = rows.map(({ name, point, packets, note }) =>
    `  ${name.padEnd(nameWidth)}  ${point.padEnd(pointWidth)}  ${packets.padStart(packetsWidth)}  ${note}`.trimEnd(),
  );
  const others = report.findings.filter(({ cause, at }) => cause !== report.verdict.cause || at !== report.verdict.at);
  return [
    report.title,
    ...lines,
    describeVerdict(report),
    ...describeFinding(report.verdict),
    ...others.flatMap((finding) => [
      `Also ${finding.cause} at ${finding.at}: ${finding.message}`,
      ...describeFinding(finding),
    ]),
  ].join('\n');
}

/** `Lost 10 of 1,000 at relay:eth0 (no-membership): …` */
export function describeVerdict({ verdict }: LedgerData): string {
  const { cause, at, packets, sent, message } = verdict;
  if (cause === 'conserved') return `All ${formatCount(sent)} arrived.`;
  if (packets === 0) return `${at} (${cause}): ${message}`;
  return `${formatCount(packets)} of ${formatCount(sent)} did not get past ${at} (${cause}): ${message}`;
}

function describeFinding({ evidence, fix }: LedgerFinding): readonly string[] {
  const lines = evidence.map((line, index) => `${index === 0 ? '  Evidence: ' : '            '}${line}`);
  return fix === undefined ? lines : [...lines, `  Fix:      ${fix}`];
}

/** A table and the verdict, for a comment or a page. */
export function formatLedgerAsMarkdown(report: LedgerData): string {
  const { verdict } = report;
  return [
    `### ${report.title}`,
    '',
    '| where | what | packets | |',
    '| --- | --- | ---: | --- |',
    ...toRows(report).map(
      ({ name, point, packets, note }) => `| ${name.replaceAll('  ', '&emsp;')} | ${point} | ${packets} | ${note} |`,
    ),
    '',
    `**${describeVerdict(report)}**`,
    ...verdict.evidence.map((line) => `- ${line}`),
    ...(verdict.fix === undefined ? [] : ['', `Fix: ${verdict.fix}`]),
  ].join('\n');
}
