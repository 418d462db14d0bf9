import type { AgentLink, Channel } from './agent-link.js';
import { readResult } from './agent-process.js';
import { CreditReader } from './credit-reader.js';
import { CreditWriter } from './credit-writer.js';
import { defer } from './deferred.js';
import { ANSWER, type Frame } from './frame.js';

/** A file being moved, or one request: one id until the agent's result. */
export class FileChannel implements Channel {
  readonly input: CreditWriter;
  readonly output: CreditReader;
  /** Resolves when the agent is done with it. @throws KernelError what the guest's kernel answered */
  readonly done: Promise<void>;
  readonly #link: AgentLink;
  readonly #id: number;
  readonly #action: string;
  readonly #syscall: string | undefined;
  readonly #end = defer<void>();

  constructor(link: AgentLink, id: number, action: string, syscall?: string) {
    this.#link = link;
    this.#id = id;
    this.#action = action;
    this.#syscall = syscall;
    this.input = new CreditWriter(link, id);
    this.output = new CreditReader(link, id, 0);
    this.done = this.#end.promise;
    this.done.catch(() => {});
    this.input.on('error', () => {});
    this.output.on('error', () => {});
  }

  handle(frame: Frame): void {
    if (frame.type === ANSWER.credit) this.input.grant(frame.payload.readUInt32LE(0));
    if (frame.type === ANSWER.out) {
      this.output.accept(frame.payload);
      if (frame.payload.length === 0) this.#finish(undefined);
    }
    if (frame.type === ANSWER.result) this.#finish(readResult(frame, this.#action, this.#syscall));
  }

  fail(error: Error): void {
    this.#end.reject(error);
    this.input.destroy(error);
    this.output.destroy(error);
  }

  #finish(error: Error | undefined): void {
    this.#link.forget(this.#id);
    if (error !== undefined) this.fail(error);
    else this.#end.resolve();
  }
}
