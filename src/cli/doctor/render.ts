import { createColors } from 'picocolors';
import type { DoctorReport, RungReport } from '../../doctor/doctor.js';
import type { Fix, Status } from '../../doctor/probe.js';
import type { Check } from '../../doctor/run-probes.js';
import { RUNGS, type Rung } from '../../doctor/rungs.js';

/** How a report is shown. */
export interface RenderOptions {
  /** Colours say nothing that the words do not. @defaultValue false */
  readonly color?: boolean;
  /** Lines are broken at this width; `undefined` leaves them as long as they are. @defaultValue undefined */
  readonly columns?: number;
}

type Paint = (text: string) => string;

/** The report for people, without a line break at its end. */
export function renderReport(report: DoctorReport, options: RenderOptions = {}): string {
  const { color = false, columns } = options;
  const colors = createColors(color);
  const paints: Readonly<Record<Status, Paint>> = { ok: colors.green, limited: colors.yellow, missing: colors.red };
  const idWidth = Math.max(0, ...report.checks.map(({ id }) => id.length));
  const indent = ' '.repeat(4 + 'limited'.length + 2 + idWidth + 2);
  const wrap = (text: string, hang: string) => wrapText(text, hang, columns);

  const renderCheck = (
    { id, status, evidence, fix }: Check,
    index: number,
    group: readonly Check[],
  ): readonly string[] => {
    const head = `    ${paints[status](status.padEnd('limited'.length))}  ${id.padEnd(idWidth)}  `;
    const mend = fix === undefined ? [] : [`${indent}${wrap(`mend: ${fix.text}`, indent)}`];
    // What mends the next one too is said there.
    if (fix !== undefined && isSameFix(fix, group[index + 1]?.fix)) return [head + wrap(evidence, indent)];
    // A command is never broken, so that it can be copied.
    const command = fix?.command === undefined ? [] : [`${indent}$ ${colors.bold(fix.command)}`];
    return [head + wrap(evidence, indent), ...mend, ...command];
  };
  const renderRung = ({ id, title }: Rung): readonly string[] => {
    const checks = report.checks.filter(({ rung }) => rung === id);
    if (checks.length === 0) return [];
    // Without what it needs, a rung is not judged.
    const status = report.rungs.find((rung) => rung.id === id)?.status;
    const verdict = status === undefined ? '' : `: ${paints[status](status)}`;
    const groups = [...new Set(checks.map(({ group }) => group))];
    const heading = `${colors.bold(id)}${verdict} ${colors.dim(`(${title})`)}`;
    return [
      '',
      heading,
      ...groups.flatMap((group) => [
        `  ${group}`,
        ...checks.filter((check) => check.group === group).flatMap(renderCheck),
      ]),
    ];
  };
  const renderSummary = ({ id, status, summary }: RungReport): string => {
    const head = `  ${id.padEnd('container'.length)}  ${paints[status](status.padEnd('limited'.length))}  `;
    return head + wrap(summary, ' '.repeat(22));
  };

  const { machine } = report;
  const system = [machine.distribution, `${machine.platform} ${machine.kernelRelease}`, machine.architecture];
  const where = [...system.filter((each) => each !== ''), ...(machine.uid === null ? [] : [`uid ${machine.uid}`])].join(
    ', ',
  );
  return [
    `What this machine can do: ${where}`,
    ...RUNGS.flatMap(renderRung),
    ...(report.rungs.length === 0 ? [] : ['', 'Summary', ...report.rungs.map(renderSummary)]),
  ].join('\n');
}

function isSameFix(one: Fix, other: Fix | undefined): boolean {
  return one.text === other?.text && one.command === other.command;
}

/** Breaks text at spaces. `hang` stands before every line but the first, which has as much before it already. */
function wrapText(text: string, hang: string, columns: number | undefined): string {
  const width = (columns ?? Number.POSITIVE_INFINITY) - hang.length;
  // Too narrow to be read: the terminal breaks it better.
  if (width < 20) return text;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${hang}`);
}
