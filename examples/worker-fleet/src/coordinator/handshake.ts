import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import type { Transport } from '../connection/transport.ts';
import { FleetError } from '../errors.ts';
import { decodeHandshake, encode, type Role } from '../protocol/messages.ts';
import { answerChallenge, answerNonce, areSame, type ConnectionKeys, deriveKeys } from '../protocol/signature.ts';

/** Who is at the other end, and has proved that it knows the secret. */
export interface Introduced {
  readonly role: Role;
  readonly name: string;
  readonly stream: string;
  readonly slots: number;
  readonly keys: ConnectionKeys;
  /** What it is answered. */
  readonly welcome: Uint8Array;
}

export interface HandshakeOptions {
  readonly transport: Transport;
  readonly secret: string;
  readonly clock: Clock;
  /** How long the other end may take. */
  readonly timeoutMs: number;
}

/** The coordinator's side: a challenge, and what is made of the answer. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #challenge = randomBytes(16).toString('hex');
  readonly #timer: Timer;

  constructor(options: HandshakeOptions) {
    const { transport, clock, timeoutMs } = options;
    this.#options = options;
    this.#timer = clock.setTimer(() => transport.close(`no hello within ${timeoutMs} ms`), timeoutMs);
    transport.send(encode({ type: 'challenge', challenge: this.#challenge }));
  }

  /** @throws FleetError `PROTOCOL`, `UNAUTHENTICATED` */
  read(frame: Uint8Array): Introduced {
    const message = decodeHandshake(frame);
    if (message.type !== 'hello') throw new FleetError('PROTOCOL', `an unexpected message "${message.type}"`);
    const { secret } = this.#options;
    const { role, name, stream, slots, nonce, answer } = message;
    const facts = { challenge: this.#challenge, nonce, role, name, stream };
    if (!areSame(answerChallenge(secret, facts), answer))
      throw new FleetError('UNAUTHENTICATED', 'the answer to the challenge is wrong');
    this.cancel();
    const welcome = encode({ type: 'welcome', answer: answerNonce(secret, facts) });
    return { role, name, stream, slots, keys: deriveKeys(secret, facts), welcome };
  }

  cancel(): void {
    this.#timer.cancel();
  }
}
