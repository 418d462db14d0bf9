import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { quote, UsageError } from '../../core/errors.js';
import { type ControlAnswer, type ControlRequest, encodeFrame, FrameReader, toSentError } from './control-frames.js';
import { findDefinitionMistakes, type WorkerContext, type WorkerDefinition } from './define-worker.js';
import { MessageGate } from './message-gate.js';
import { StreamMaker } from './serve.js';

type AnyDefinition = WorkerDefinition<unknown, Readonly<Record<string, unknown>>, unknown, Commands>;
type Commands = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** Runs the worker of a module in this process: as long as the test holds the other end of the control channel. */
export function runWorker(modulePath: string, controlFd: number): void {
  const socket = new Socket({ fd: controlFd, readable: true, writable: true });
  const worker = new WorkerRuntime(modulePath, (answer) => {
    socket.write(encodeFrame(answer));
  });
  const reader = new FrameReader<ControlRequest>();
  socket.on('data', (bytes) => {
    for (const request of reader.push(bytes)) void worker.take(request);
  });
  // Without its test a worker is nobody's.
  socket.once('error', () => process.exit(0));
  socket.once('close', () => process.exit(0));
}

class WorkerRuntime {
  readonly #modulePath: string;
  readonly #send: (answer: ControlAnswer) => void;
  readonly #gate: MessageGate;
  readonly #streams: StreamMaker;
  #commands: Commands = {};

  constructor(modulePath: string, send: (answer: ControlAnswer) => void) {
    this.#modulePath = modulePath;
    this.#send = send;
    this.#gate = new MessageGate((message, connection) => {
      try {
        this.#send({ kind: 'received', message, connection });
      } catch {
        // What cannot be copied is told as text.
        this.#send({ kind: 'received', message: quote(message), connection });
      }
    });
    this.#streams = new StreamMaker(this.#gate);
  }

  async take(request: ControlRequest): Promise<void> {
    if (request.kind === 'start') return this.#start(request);
    try {
      const value = await this.#answer(request);
      this.#send({ kind: 'result', id: request.id, value });
    } catch (error) {
      this.#send({ kind: 'error', id: request.id, error: toSentError(error) });
    }
  }

  async #answer(request: Exclude<ControlRequest, { kind: 'start' }>): Promise<unknown> {
    if (request.kind === 'behave') return this.#gate.behaviours.add(request.behaviour);
    if (request.kind === 'behaveWell') return this.#gate.behaveWell();
    const command = this.#commands[request.command];
    if (command === undefined) throw new UsageError('worker', `there is no command ${quote(request.command)}`);
    return command(...request.args);
  }

  async #start({ name, args, behaviours }: Extract<ControlRequest, { kind: 'start' }>): Promise<void> {
    for (const behaviour of behaviours) this.#gate.behaviours.add(behaviour);
    try {
      const definition = await this.#load();
      this.#commands = definition.commands ?? {};
      if (definition.stop !== undefined) process.once('SIGTERM', () => void this.#stop(definition));
      const info: unknown = await definition.start?.(this.#createContext(name, args));
      this.#send({ kind: 'ready', info: withoutMethods(info), commands: Object.keys(this.#commands) });
    } catch (error) {
      this.#send({ kind: 'failed', error: toSentError(error) });
    }
  }

  async #load(): Promise<AnyDefinition> {
    const module: { readonly default?: unknown } = await import(pathToFileURL(this.#modulePath).href);
    if (module.default === undefined)
      throw new UsageError(this.#modulePath, 'it has no default export; write `export default defineWorker({ … })`');
    const mistakes = findDefinitionMistakes(module.default);
    if (mistakes.length > 0) throw new UsageError(`the default export of ${this.#modulePath}`, mistakes);
    return module.default as AnyDefinition;
  }

  #createContext(name: string, args: unknown): WorkerContext<unknown> {
    return {
      name,
      args,
      emit: (event, value?: unknown) => this.#send({ kind: 'event', name: event, value }),
      serve: (address, handle) => this.#streams.serve(address, handle),
      dial: (address, handle) => this.#streams.dial(address, handle),
      take: async (message, handle) => {
        await this.#gate.untilReading();
        return new Promise((resolve, reject) => {
          this.#gate
            .take(message, undefined, handle, (outcome) => {
              resolve(outcome.kind === 'answer' ? outcome.answer : undefined);
            })
            .catch(reject);
        });
      },
    };
  }

  async #stop(definition: AnyDefinition): Promise<void> {
    await definition.stop?.();
    process.exit(0);
  }
}

/** Functions cannot be copied; of an object that has some, all else is sent. */
function withoutMethods(info: unknown): unknown {
  if (typeof info === 'function') return undefined;
  if (typeof info !== 'object' || info === null || Object.getPrototypeOf(info) !== Object.prototype) return info;
  return Object.fromEntries(Object.entries(info).filter(([, value]) => typeof value !== 'function'));
}
