import { KernelError } from '../../core/kernel-error.js';
import { decodeAcknowledgement, toKernelError } from './acknowledgement.js';
import {
  decodeMessages,
  encodeMessages,
  messageBytes,
  type NetlinkMessage,
  type NetlinkRequest,
  NLM_F,
  NLMSG,
} from './message.js';
import type { NetlinkTransport } from './transport.js';

/**
 * How much goes into one send. Should every request of it fail, the answers must still fit into the socket's receive
 * buffer (212992 bytes by default, of which a short answer takes over a thousand), or the kernel drops them.
 */
const MAX_REQUESTS_PER_SEND = 64;
const MAX_BYTES_PER_SEND = 32 * 1024;
/** How often a dump is begun anew because what it lists has changed. */
const MAX_DUMPS = 8;

/**
 * Asks the kernel and matches its answers: one conversation to a socket, all of it synchronous.
 *
 * @example
 * ```ts
 * const netlink = new NetlinkConversation(socket);
 * netlink.request(encodeCreateClsact({ ifindex }));
 * const [echo] = netlink.request(encodeAddFilter({ ifindex, direction: 'ingress', programFd }));
 * const filters = decodeBpfFilters(netlink.dump(encodeListFilters({ ifindex, direction: 'ingress' })));
 * ```
 */
export class NetlinkConversation {
  readonly #transport: NetlinkTransport;
  #lastSequence = 0;

  constructor(transport: NetlinkTransport) {
    this.#transport = transport;
  }

  /**
   * Does one thing, and returns the messages that came before its acknowledgement: the object that was asked for, or
   * what came of a request with NLM_F_ECHO; else none.
   *
   * @throws KernelError what the kernel refuses it with.
   */
  request(request: NetlinkRequest): readonly NetlinkMessage[] {
    const { errors, answers } = this.#exchange([request]);
    for (const error of errors.values()) throw error;
    return answers;
  }

  /**
   * Does one thing that has one answer.
   *
   * @throws KernelError what the kernel refuses it with; ENOMSG when it does it without an answer.
   */
  requestOne(request: NetlinkRequest): NetlinkMessage {
    const [answer] = this.request(request);
    if (answer !== undefined) return answer;
    throw new KernelError('ENOMSG', {
      syscall: `netlink(${request.name})`,
      action: request.action,
      hint: 'The kernel acknowledged the request, yet did not answer it',
    });
  }

  /**
   * Does many things in few sends, in their order. One that fails keeps none of the others from being done.
   *
   * @throws KernelError of the request that failed, where one did.
   * @throws AggregateError of all failures in their order, where several did; `errors` are KernelErrors.
   */
  requestAll(requests: readonly NetlinkRequest[]): void {
    const errors = [...this.attemptAll(requests).values()];
    if (errors.length > 1) {
      const lines = errors.map((error) => `  - ${error.message}`).join('\n');
      throw new AggregateError(errors, `${errors.length} of ${requests.length} requests to netlink failed:\n${lines}`);
    }
    for (const error of errors) throw error;
  }

  /** Does what {@link requestAll} does, and returns what failed, by its place among the requests. */
  attemptAll(requests: readonly NetlinkRequest[]): ReadonlyMap<number, KernelError> {
    const failures = new Map<number, KernelError>();
    let start = 0;
    while (start < requests.length) {
      const count = countForOneSend(requests, start);
      // Nobody reads the echoes, which would fill the receive buffer.
      const pack = requests
        .slice(start, start + count)
        .map((request) => ({ ...request, flags: request.flags & ~NLM_F.ECHO }));
      for (const [index, error] of this.#exchange(pack).errors) failures.set(start + index, error);
      start += count;
    }
    return failures;
  }

  /**
   * Lists. A list that changed while the kernel went through it (NLM_F_DUMP_INTR) is asked for again.
   *
   * @throws KernelError what the kernel refuses it with; EINTR when the list changed each of eight times.
   */
  dump(request: NetlinkRequest): readonly NetlinkMessage[] {
    for (let attempt = 0; attempt < MAX_DUMPS; attempt += 1) {
      const { messages, isInterrupted } = this.#dumpOnce(request);
      if (!isInterrupted) return messages;
    }
    throw new KernelError('EINTR', {
      syscall: `netlink(${request.name})`,
      action: request.action,
      hint: `The list changed while it was read, each of ${MAX_DUMPS} times`,
    });
  }

  /**
   * Sends requests in one datagram. Only the last asks to be acknowledged: the kernel goes through them in order before
   * `send` returns, and reports failures unasked (net/netlink/af_netlink.c, netlink_rcv_skb).
   */
  #exchange(requests: readonly NetlinkRequest[]): { errors: Map<number, KernelError>; answers: NetlinkMessage[] } {
    const last = requests.length - 1;
    const bySequence = new Map<number, number>();
    const numbered = requests.map((request, index) => {
      const sequence = this.#nextSequence();
      bySequence.set(sequence, index);
      return { request, sequence, flags: request.flags | NLM_F.REQUEST | (index === last ? NLM_F.ACK : 0) };
    });
    this.#transport.send(encodeMessages(numbered));

    const errors = new Map<number, KernelError>();
    const answers: NetlinkMessage[] = [];
    let isDone = false;
    while (!isDone) {
      for (const message of decodeMessages(this.#transport.receive())) {
        const index = bySequence.get(message.sequence);
        const request = index === undefined ? undefined : requests[index];
        // Answers to earlier requests whose reading was cut short, and notifications.
        if (index === undefined || request === undefined) continue;
        if (message.type === NLMSG.ERROR) {
          const error = toKernelError(decodeAcknowledgement(message), request);
          if (error !== undefined) errors.set(index, error);
          isDone ||= index === last;
        } else if (!isControl(message)) answers.push(keep(message));
      }
    }
    return { errors, answers };
  }

  #dumpOnce(request: NetlinkRequest): { messages: NetlinkMessage[]; isInterrupted: boolean } {
    const sequence = this.#nextSequence();
    this.#transport.send(encodeMessages([{ request, sequence, flags: request.flags | NLM_F.REQUEST | NLM_F.DUMP }]));

    const messages: NetlinkMessage[] = [];
    let isInterrupted = false;
    for (;;) {
      for (const message of decodeMessages(this.#transport.receive())) {
        if (message.sequence !== sequence) continue;
        if ((message.flags & NLM_F.DUMP_INTR) !== 0) isInterrupted = true;
        if (message.type === NLMSG.DONE || message.type === NLMSG.ERROR) {
          const error = toKernelError(decodeAcknowledgement(message), request);
          if (error !== undefined) throw error;
          return { messages, isInterrupted };
        }
        if (!isControl(message)) messages.push(keep(message));
      }
    }
  }

  /** Numbers run from 1 to 2³²-1 and start over: 0 is the kernel's, for notifications. */
  #nextSequence(): number {
    this.#lastSequence = this.#lastSequence === 0xffffffff ? 1 : this.#lastSequence + 1;
    return this.#lastSequence;
  }
}

function countForOneSend(requests: readonly NetlinkRequest[], start: number): number {
  let bytes = 0;
  let count = 0;
  for (const request of requests.slice(start, start + MAX_REQUESTS_PER_SEND)) {
    bytes += messageBytes(request);
    if (count > 0 && bytes > MAX_BYTES_PER_SEND) break;
    count += 1;
  }
  return count;
}

function isControl({ type }: NetlinkMessage): boolean {
  return type === NLMSG.NOOP || type === NLMSG.OVERRUN || type === NLMSG.DONE;
}

/** The transport may overwrite its bytes. */
function keep(message: NetlinkMessage): NetlinkMessage {
  return { ...message, payload: message.payload.slice() };
}
