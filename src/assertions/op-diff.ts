import { formatOperation, type Operation } from '../core/operation.js';
import { createMatcher, describeOperation, type OpPattern, showPattern } from './op-pattern.js';

/** The longest lists that are aligned line by line; longer ones are compared place by place. */
const ALIGN_LIMIT = 1_000;
/** Lines that agree and are shown around a difference. */
const CONTEXT = 3;

interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** The difference between expected and recorded operations, `-` for what is missing and `+` for what is too much. */
export function diffOperations(expected: readonly OpPattern[], received: readonly Operation[]): string {
  return foldContext(alignOperations(expected, received))
    .map((line) => `  ${line.mark} ${line.text}`)
    .join('\n');
}

function alignOperations(expected: readonly OpPattern[], received: readonly Operation[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let e = 0;
  let r = 0;
  const matchers = expected.map(createMatcher);
  const recorded = received.map(formatOperation);
  const lengths = matchers.length * recorded.length > ALIGN_LIMIT ** 2 ? undefined : commonLengths(matchers, recorded);
  while (e < expected.length || r < received.length) {
    const pattern = expected[e];
    const operation = received[r];
    if (pattern !== undefined && operation !== undefined && matchers[e]?.(recorded[r] ?? '')) {
      lines.push({ mark: ' ', text: describeOperation(operation) });
      e++;
      r++;
    } else if (pattern !== undefined && (operation === undefined || isMissing(lengths, e, r))) {
      lines.push({ mark: '-', text: showPattern(pattern) });
      e++;
    } else if (operation !== undefined) {
      lines.push({ mark: '+', text: describeOperation(operation) });
      r++;
    }
  }
  return lines;
}

function isMissing(lengths: readonly Uint32Array[] | undefined, e: number, r: number): boolean {
  if (lengths === undefined) return true;
  return (lengths[e + 1]?.[r] ?? 0) >= (lengths[e]?.[r + 1] ?? 0);
}

/** `lengths[e][r]` is the length of the longest common subsequence of what follows `e` and `r`. */
function commonLengths(
  matchers: readonly ((line: string) => boolean)[],
  recorded: readonly string[],
): readonly Uint32Array[] {
  const lengths = Array.from({ length: matchers.length + 1 }, () => new Uint32Array(recorded.length + 1));
  for (let e = matchers.length - 1; e >= 0; e--) {
    const matches = matchers[e];
    const row = lengths[e];
    const below = lengths[e + 1];
    if (matches === undefined || row === undefined || below === undefined) continue;
    for (let r = recorded.length - 1; r >= 0; r--) {
      row[r] = matches(recorded[r] ?? '') ? (below[r + 1] ?? 0) + 1 : Math.max(below[r] ?? 0, row[r + 1] ?? 0);
    }
  }
  return lengths;
}

function foldContext(lines: readonly DiffLine[]): DiffLine[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => line.mark !== ' '),
  );
  const folded: DiffLine[] = [];
  let hidden = 0;
  const flush = (): void => {
    if (hidden > 0) folded.push({ mark: ' ', text: `… ${hidden} more as expected` });
    hidden = 0;
  };
  lines.forEach((line, index) => {
    if (near[index]) {
      flush();
      folded.push(line);
    } else {
      hidden++;
    }
  });
  flush();
  return folded;
}
