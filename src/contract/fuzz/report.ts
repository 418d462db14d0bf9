import { FIRST_PROGRAMS, type Outcome } from './session.js';

/** A command that both kernels were given, and what the first of them said. */
export interface Step {
  /** The calls of the command, as TypeScript. */
  readonly calls: readonly string[];
  readonly outcome: Outcome;
}

/** What the report of a difference is made of. */
export interface DifferenceParts {
  readonly model: string;
  readonly kernel: string;
  /** What both agreed in, then the command after which they do not. */
  readonly steps: readonly Step[];
  /** How they differ, in lines. */
  readonly difference: readonly string[];
}

/** How two kernels came to differ, to be read by a person. How to see it again is added by who knows the seed. */
export function describeSteps({ model, kernel, steps, difference }: DifferenceParts): string {
  const lines = steps.flatMap(({ calls, outcome }, index) => {
    const number = `${String(index + 1).padStart(3)}. `;
    const shown = calls.map((call, nth) => `${nth === 0 ? number : ' '.repeat(number.length)}${call}`);
    // The last answer is in what differs, when it is the answer that does.
    const answer = index === steps.length - 1 ? '' : ` → ${printOutcome(outcome)}`;
    return shown.map((line, nth) => (nth === shown.length - 1 ? `${line}${answer}` : line));
  });
  return [
    `${model} and ${kernel} differ after ${steps.length} ${steps.length === 1 ? 'command' : 'commands'}:`,
    `  0. ${describeBeginning()}`,
    ...lines,
    '',
    ...difference,
  ].join('\n');
}

/** What two lists of lines do not share; the same lines in another order are shown whole. */
export function describeLines(
  subject: string,
  names: readonly [string, string],
  lists: readonly [readonly string[], readonly string[]],
): readonly string[] {
  const [left, right] = lists;
  const only = [without(left, right), without(right, left)] as const;
  const isOrder = only.every((lines) => lines.length === 0);
  return [
    isOrder ? `The order of ${subject}:` : `${subject[0]?.toUpperCase()}${subject.slice(1)}:`,
    ...names.flatMap((name, index) => {
      const lines = (isOrder ? lists : only)[index] ?? [];
      return lines.length === 0 ? [`  ${name} has no such thing`] : lines.map((line) => `  ${name}: ${line}`);
    }),
  ];
}

/** What two kernels said to a command. */
export function describeAnswers(
  names: readonly [string, string],
  outcomes: readonly [Outcome, Outcome],
): readonly string[] {
  return [
    'The answers:',
    ...names.map((name, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return name;
      const message = 'error' in outcome ? `: ${outcome.message.split('\n')[0]}` : '';
      return `  ${name}: ${printOutcome(outcome)}${message}`;
    }),
  ];
}

export function printOutcome(outcome: Outcome): string {
  if ('error' in outcome) return outcome.error;
  return outcome.ok === undefined ? 'ok' : `ok ${JSON.stringify(outcome.ok)}`;
}

/** What every world begins with, so that the names in the commands say something. */
function describeBeginning(): string {
  const programs = FIRST_PROGRAMS.map((type, index) => `prog${index + 1} ${type}`).join(', ');
  return `${programs}; dev1 and dev2 of a driver with XDP, dev3 the loopback; process 2 as able as the first, 3 with CAP_BPF`;
}

function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  return lines.filter((line) => !others.includes(line));
}
