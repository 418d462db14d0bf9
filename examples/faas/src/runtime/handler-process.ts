import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { FaasError } from '../errors.ts';
import { onWords } from '../handler/lines.ts';
import { openDescriptorPair, receiveDescriptor, sendDescriptor } from '../system/descriptor-message.ts';
import type { Bundle } from './bundle.ts';
import type { StartContainer } from './start-container.ts';

const STOP_MS = 2000;

/** A handler that runs in a container, and takes connections. */
export class HandlerProcess {
  readonly #child: ChildProcess;
  readonly #descriptors: number;
  readonly #words: Socket;
  /** Resolves with how, when it has ended with all that it has started. */
  readonly ended: Promise<string>;
  #log = '';
  #ended = false;

  private constructor(start: StartContainer, bundle: Bundle, onReturned: (fd: number) => void, onReady: () => void) {
    const [ours, theirs] = openDescriptorPair();
    this.#descriptors = ours;
    try {
      this.#child = start(bundle, [theirs, 'pipe']);
    } finally {
      closeSync(theirs);
    }
    this.ended = once(this.#child, 'close')
      .then(([code, signal]) => `it ended with ${signal ?? `code ${code}`}: ${this.#log.trim()}`)
      .finally(() => {
        this.#ended = true;
        closeSync(ours);
      });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-4000);
    });
    const words = this.#child.stdio[4];
    if (!(words instanceof Socket)) throw new FaasError('INTERNAL', 'a handler has no channel');
    this.#words = words;
    words.on('error', () => {});
    onWords(words, ['ready', 'returned'], (word) => {
      if (word === 'ready') onReady();
      else {
        const fd = receiveDescriptor(ours);
        if (fd !== undefined) onReturned(fd);
      }
    });
  }

  /**
   * @param onReturned - Takes a connection that the handler had no room for.
   * @param signal - Ends a handler that is not ready yet.
   * @throws FaasError UNAVAILABLE with what it wrote
   */
  static async start(
    name: string,
    start: StartContainer,
    bundle: Bundle,
    onReturned: (fd: number) => void,
    signal?: AbortSignal,
  ): Promise<HandlerProcess> {
    let say = (): void => {};
    const ready = new Promise<'ready'>((resolve) => {
      say = () => resolve('ready');
    });
    const handler = new HandlerProcess(start, bundle, onReturned, () => say());
    const kill = (): void => void handler.#child.kill('SIGKILL');
    signal?.addEventListener('abort', kill);
    const first = await Promise.race([ready, handler.ended]);
    signal?.removeEventListener('abort', kill);
    if (first === 'ready') return handler;
    throw new FaasError('UNAVAILABLE', `Handler ${name} ended before it was ready: ${handler.#log.trim()}`);
  }

  /** Hands a connection over, which stays open here; `false` when it cannot take it. */
  pass(fd: number): boolean {
    if (this.#ended || !sendDescriptor(this.#descriptors, fd)) return false;
    this.#words.write('connection\n');
    return true;
  }

  /** Resolves when it has ended, with all that it has started. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#words.write('stop\n');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }
}
