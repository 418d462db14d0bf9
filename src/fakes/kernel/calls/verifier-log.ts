import type { VerifierLogOptions } from '../../../kernel/objects.js';
import type { KernelFeatures } from '../profiles.js';

const LEVEL1 = 1;
const LEVEL2 = 2;
const STATS = 4;
const FIXED = 8;
/** Before 6.4 a buffer had at least this many bytes. */
const OLD_LEAST_BYTES = 128;
/** UINT_MAX >> 2 */
const MOST_BYTES = 2 ** 30 - 1;

/** What the verifier has to say of a program. */
export interface VerifierReport {
  /** One line for each instruction that was walked through: what level 1 forgets again when the program is good. */
  readonly trace: string;
  /** Why it is refused. */
  readonly problem: string | undefined;
  readonly processed: number;
}

/** What is in the caller's buffer, and whether all of it found room. */
export interface WrittenLog {
  readonly text: string;
  readonly fits: boolean;
}

/**
 * Whether a level and a size go together: kernel/bpf/log.c, bpf_verifier_log_attr_valid. Since 6.4 a level may come
 * without a buffer; before, there was no buffer of less than 128 bytes and no BPF_LOG_FIXED.
 */
export function isLogValid({ level = LEVEL1, sizeBytes }: VerifierLogOptions, features: KernelFeatures): boolean {
  if (sizeBytes > MOST_BYTES) return false;
  if (features.rollingVerifierLog) {
    return (level & ~(LEVEL1 | LEVEL2 | STATS | FIXED)) === 0 && !(sizeBytes > 0 && level === 0);
  }
  if (level === 0 && sizeBytes === 0) return true;
  return sizeBytes >= OLD_LEAST_BYTES && level !== 0 && (level & ~(LEVEL1 | LEVEL2 | STATS)) === 0;
}

/**
 * Writes a log as kernel/bpf/log.c does: the log fits when the longest that it ever was does; since 6.4 the tail is
 * kept or, with BPF_LOG_FIXED, the head; before, the head always.
 * Exact for levels 1 and 8 of a program that goes straight on; level 2 lacks the live registers, STATS has a time.
 */
export function writeLog(report: VerifierReport, options: VerifierLogOptions, features: KernelFeatures): WrittenLog {
  const { level = LEVEL1 } = options;
  const trace = renderTrace(report, level);
  const rest = renderRest(report, level);
  const isForgotten = report.problem === undefined && (level & LEVEL2) === 0;
  const text = isForgotten ? rest : trace + rest;
  return cutLog(text, options, features, isForgotten ? Math.max(trace.length, rest.length) : text.length);
}

/** Puts a text that was `longest` characters long at its time into the buffer. */
export function cutLog(
  text: string,
  { level = LEVEL1, sizeBytes, keep = 'tail' }: VerifierLogOptions,
  features: KernelFeatures,
  longest = text.length,
): WrittenLog {
  if (level === 0 || sizeBytes === 0) return { text: '', fits: true };
  const room = sizeBytes - 1;
  // bpf_verifier_log_full, before 6.4: a buffer with one byte left to spare counts as full.
  if (!features.rollingVerifierLog) return { text: text.slice(0, room), fits: longest < room };
  const isFixed = keep === 'head' || (level & FIXED) !== 0;
  return { text: isFixed ? text.slice(0, room) : keepTail(text, room), fits: longest <= room };
}

/** The whole log of a program that was refused, as a loader asks for it: level 1 and room enough. */
export function renderWhole(report: VerifierReport): string {
  return renderTrace(report, LEVEL1) + renderRest(report, LEVEL1);
}

function renderTrace({ trace }: VerifierReport, level: number): string {
  return `${(level & LEVEL2) === 0 ? '' : 'func#0 @0\n'}${(level & (LEVEL1 | LEVEL2)) === 0 ? '' : trace}`;
}

function renderRest({ problem, processed }: VerifierReport, level: number): string {
  const stats = (level & STATS) === 0 ? '' : 'verification time 10 usec\nstack depth 0\n';
  return `${problem === undefined ? '' : `${problem}\n`}${stats}${summarize(processed)}`;
}

function summarize(processed: number): string {
  return `processed ${processed} insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n`;
}

function keepTail(text: string, length: number): string {
  return length > 0 ? text.slice(-length) : '';
}
