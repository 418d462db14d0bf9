import { GloveboxError, type GloveboxErrorCode, renderTail } from '../core/errors.js';
import { renderCommand } from '../process/process-error.js';

/** The codes of {@link ContainerError}s. */
export type ContainerErrorCode = Extract<GloveboxErrorCode, `ERR_GLOVEBOX_CONTAINER_${string}`>;

/** What is known of what failed. */
export interface ContainerErrorDetails {
  /** What happened and what to do about it, as sentences. */
  readonly message: string;
  readonly command?: readonly string[];
  /** What it exited with. */
  readonly exitCode?: number;
  /** The last lines that it wrote. */
  readonly logTail?: readonly string[];
  readonly cause?: unknown;
}

/** An image or a container that could not be had, did not become ready, or a command that failed in one. */
export class ContainerError extends GloveboxError {
  override readonly name = 'ContainerError';
  readonly command: readonly string[] | undefined;
  readonly exitCode: number | undefined;
  readonly logTail: readonly string[];

  constructor(code: ContainerErrorCode, details: ContainerErrorDetails) {
    super(code, render(details), { cause: details.cause });
    this.command = details.command;
    this.exitCode = details.exitCode;
    this.logTail = details.logTail ?? [];
  }
}

function render({ message, command, exitCode, logTail }: ContainerErrorDetails): string {
  const lines = [message];
  if (command !== undefined) lines.push(`  command: ${renderCommand(command)}`);
  if (exitCode !== undefined) lines.push(`  exit: it exited with code ${exitCode}`);
  if (logTail !== undefined)
    lines.push(logTail.length === 0 ? '  it wrote nothing' : renderTail('the last it wrote', logTail));
  return lines.join('\n');
}
