import { GloveboxError, type GloveboxErrorCode, quote, renderTail } from '../core/errors.js';
import { describeExit, type ProcessExit } from './process-exit.js';

/** The codes of {@link ProcessError}s. */
export type ProcessErrorCode = Extract<GloveboxErrorCode, `ERR_GLOVEBOX_PROCESS_${string}`>;

/** What is known of the program that an error is about. */
export interface ProcessErrorDetails {
  /** What happened, as a sentence without its full stop. */
  readonly message: string;
  /** What to do about it, likewise. */
  readonly next?: string;
  readonly command?: readonly string[];
  readonly exit?: ProcessExit;
  /** The last lines that it wrote. */
  readonly logTail?: readonly string[];
  readonly cause?: unknown;
}

/** A program that could not be started, did not become ready, or ended otherwise than it should. */
export class ProcessError extends GloveboxError {
  override readonly name = 'ProcessError';
  /** The program and its arguments. */
  readonly command: readonly string[] | undefined;
  readonly exit: ProcessExit | undefined;
  readonly logTail: readonly string[];

  constructor(code: ProcessErrorCode, details: ProcessErrorDetails) {
    super(code, render(details), { cause: details.cause });
    this.command = details.command;
    this.exit = details.exit;
    this.logTail = details.logTail ?? [];
  }
}

/** A command line as a person would type it; only what needs quotes has them. */
export function renderCommand(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word))).join(' ');
}

function render({ message, next, command, exit, logTail }: ProcessErrorDetails): string {
  const lines = [next === undefined ? message : `${message}. ${next}`];
  if (command !== undefined) lines.push(`  command: ${renderCommand(command)}`);
  if (exit !== undefined) lines.push(`  exit: it ${describeExit(exit)} after ${Math.round(exit.durationMs)} ms`);
  if (logTail !== undefined)
    lines.push(logTail.length === 0 ? '  it wrote nothing' : renderTail('the last it wrote', logTail));
  return lines.join('\n');
}
