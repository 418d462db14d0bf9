import type { Duplex } from 'node:stream';
import { VmError } from '../vm-error.js';
import type { AgentLink, Channel } from './agent-link.js';
import { defer } from './deferred.js';
import { ANSWER, encodeFrame, FrameReader } from './frame.js';

/** The line to an agent: frames to the ids that listen, and the end of all of them when the line ends. */
export class AgentConnection implements AgentLink {
  /** Resolves with the reason when the line is gone. */
  readonly lost: Promise<Error>;
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #channels = new Map<number, Channel>();
  readonly #end = defer<Error>();
  #sequence = 0;
  #nextId = 1;
  #reason: Error | undefined;
  #hasBegun = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.lost = this.#end.promise;
    stream.on('data', (bytes: Buffer) => this.#accept(bytes));
    stream.on('error', (error) => this.#lose('the line to the agent in the guest failed', error));
    stream.on('end', () => this.#lose('the line to the agent in the guest ended: the machine is gone'));
    stream.on('close', () => this.#lose('the line to the agent in the guest was closed: the machine is gone'));
  }

  /** The agent answered this client: what was lost before was another's. */
  begin(): void {
    this.#hasBegun = true;
  }

  get skippedBytes(): number {
    return this.#reader.skippedBytes;
  }

  /** What came so far, for whom nothing was enough. */
  describe(): string {
    const { skippedBytes } = this.#reader;
    return skippedBytes === 0
      ? 'nothing came over its line'
      : `${skippedBytes} bytes came over its line that are no frames`;
  }

  takeId(): number {
    do this.#nextId = this.#nextId === 0xffffffff ? 1 : this.#nextId + 1;
    while (this.#channels.has(this.#nextId));
    return this.#nextId;
  }

  listen(id: number, channel: Channel): void {
    if (this.#reason === undefined) this.#channels.set(id, channel);
    else channel.fail(this.#reason);
  }

  forget(id: number): void {
    this.#channels.delete(id);
  }

  send(type: number, id: number, payload: Uint8Array): void {
    if (this.#reason !== undefined) return;
    this.#stream.write(encodeFrame(type, id, payload, this.#sequence));
    this.#sequence = (this.#sequence + 1) & 0xffff;
  }

  /** Ends the line; whoever waits hears `reason`. */
  close(reason: Error = new VmError('ERR_GLOVEBOX_VM_LOST', { message: 'the line to the agent was closed' })): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const channel of [...this.#channels.values()]) channel.fail(reason);
    this.#channels.clear();
    this.#stream.destroy();
    this.#end.resolve(reason);
  }

  #accept(bytes: Buffer): void {
    for (const frame of this.#reader.push(bytes)) {
      // A hello is the first that counts; the frames of an earlier client's are before it.
      if (frame.type === ANSWER.hello) this.#reader.forgetSequence();
      if (frame.type === ANSWER.lost && this.#hasBegun) {
        this.#lose('frames to the agent in the guest were lost: its line is damaged');
        return;
      }
      if (this.#hasBegun || frame.id === 0) this.#channels.get(frame.id)?.handle(frame);
    }
    if (this.#hasBegun && this.#reader.lostFrames > 0)
      this.#lose(`${this.#reader.lostFrames} frames of the agent in the guest were lost: its line is damaged`);
  }

  #lose(message: string, cause?: Error): void {
    this.close(new VmError('ERR_GLOVEBOX_VM_LOST', { message, cause }));
  }
}
