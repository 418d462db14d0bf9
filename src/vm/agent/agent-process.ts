import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { type ErrnoName, findErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import type { AgentLink, Channel } from './agent-link.js';
import { CreditReader } from './credit-reader.js';
import { CreditWriter } from './credit-writer.js';
import { defer } from './deferred.js';
import { encodeNumbers } from './encode-request.js';
import { ANSWER, type Frame, REQUEST } from './frame.js';

/** How a program in the guest ended: by a code, or by a signal. */
export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The enum of stages in commands.h: what the agent was doing when the kernel refused. */
const STAGES: Readonly<Record<number, { readonly syscall: string; readonly hint?: string }>> = {
  1: { syscall: 'exec', hint: 'The agent serves 64 programs and files at once' },
  2: { syscall: 'pipe2' },
  3: { syscall: 'chdir' },
  4: { syscall: 'setuid' },
  5: { syscall: 'execve' },
  6: { syscall: 'openat' },
  7: { syscall: 'write' },
  8: { syscall: 'read' },
  9: { syscall: 'request' },
};

/** Why a program is not executed, beyond what the number says. */
const NOT_EXECUTED: Readonly<Partial<Record<ErrnoName, string>>> = {
  ENOENT:
    'The guest has the programs of BusyBox and what is written into it or shared with it; one that is linked with libraries needs these there, too',
  EACCES: 'A file that is written needs a mode to be a program: writeFile(path, content, { mode: 0o755 })',
  ENOEXEC: "Is it a program for the guest's processor, or a script that begins with #!?",
};

/** A RESULT of the agent's as an error, or `undefined` where it went well. */
export function readResult(frame: Frame, action: string, syscall?: string): KernelError | undefined {
  const errno = frame.payload.readUInt32LE(0);
  if (errno === 0) return undefined;
  const stage = STAGES[frame.payload.readUInt32LE(4)] ?? { syscall: 'request' };
  const name = findErrnoName(-errno) ?? 'EIO';
  const hint = stage.syscall === 'execve' ? NOT_EXECUTED[name] : stage.hint;
  return new KernelError(name, { syscall: syscall ?? stage.syscall, action, ...(hint !== undefined && { hint }) });
}

/** A program that runs in the guest. */
export class AgentProcess implements Channel {
  /** What it reads; ending it is an end of file for the program. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with its process id in the guest. @throws KernelError ENOENT for an unknown program, what chdir(2) and setuid(2) answer */
  readonly started: Promise<number>;
  /** Resolves when it ended; its outputs may still bring what it wrote, or what its children write. */
  readonly exit: Promise<AgentExit>;
  readonly #link: AgentLink;
  readonly #id: number;
  readonly #what: string;
  readonly #input: CreditWriter;
  readonly #outputs: readonly [CreditReader, CreditReader];
  readonly #start = defer<number>();
  readonly #end = defer<AgentExit>();
  #open = 3;

  constructor(link: AgentLink, id: number, argv: readonly string[], hasPty: boolean) {
    this.#link = link;
    this.#id = id;
    this.#what = `run ${quote(argv[0])} in the guest`;
    this.stdin = this.#input = new CreditWriter(link, id);
    this.#outputs = [new CreditReader(link, id, 0), new CreditReader(link, id, 1)];
    [this.stdout, this.stderr] = this.#outputs;
    if (hasPty) this.#endOutput(1);
    this.started = this.#start.promise;
    this.exit = this.#end.promise;
    // Whoever waits for one of the two hears of it; the other must not be an unhandled rejection.
    this.started.catch(() => {});
    this.exit.catch(() => {});
    this.stdin.on('error', () => {});
    this.stdout.on('error', () => {});
    this.stderr.on('error', () => {});
  }

  /**
   * Sends it a signal; nothing where it has ended. With `group`, to its process group: all that it started and that did
   * not leave.
   *
   * @throws UsageError for an unknown signal
   */
  signal(name: NodeJS.Signals, options: { readonly group?: boolean } = {}): void {
    const number = constants.signals[name];
    if (number === undefined) throw new UsageError('signal', `there is no signal ${quote(name)}`);
    this.#link.send(REQUEST.signal, this.#id, encodeNumbers(number, options.group === true ? 1 : 0));
  }

  /** Tells a program on a terminal of its new size. */
  resize(rows: number, columns: number): void {
    this.#link.send(REQUEST.resize, this.#id, encodeNumbers((rows & 0xffff) | (columns << 16)));
  }

  /** Ends its streams here and in the guest, where a child may still hold them; it goes on running unheard. */
  release(): void {
    this.#link.send(REQUEST.release, this.#id, Buffer.alloc(0));
    this.#endOutput(0);
    this.#endOutput(1);
    this.#link.forget(this.#id);
  }

  handle(frame: Frame): void {
    const { payload } = frame;
    switch (frame.type) {
      case ANSWER.started:
        this.#start.resolve(payload.readUInt32LE(0));
        return;
      case ANSWER.out:
      case ANSWER.err:
        this.#outputs[frame.type === ANSWER.err ? 1 : 0].accept(payload);
        if (payload.length === 0) this.#close();
        return;
      case ANSWER.credit:
        this.#input.grant(payload.readUInt32LE(0));
        return;
      case ANSWER.deaf:
        this.#input.refuse();
        return;
      case ANSWER.exit: {
        const signal = payload.readUInt32LE(4);
        this.#input.refuse();
        this.#end.resolve(
          signal === 0 ? { code: payload.readUInt32LE(0), signal: null } : { code: null, signal: nameSignal(signal) },
        );
        this.#close();
        return;
      }
      case ANSWER.result: {
        const error = readResult(frame, this.#what);
        if (error !== undefined) this.fail(error);
        this.#link.forget(this.#id);
      }
    }
  }

  fail(error: Error): void {
    this.#start.reject(error);
    this.#end.reject(error);
    this.stdin.destroy(error);
    this.stdout.destroy(error);
    this.stderr.destroy(error);
  }

  #endOutput(which: 0 | 1): void {
    this.#outputs[which].accept(Buffer.alloc(0));
    this.#close();
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#link.forget(this.#id);
  }
}

function nameSignal(number: number): NodeJS.Signals {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number && isSignal(name)) return name;
  // Real-time signals have no names in Node.
  return 'SIGUNUSED';
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}
