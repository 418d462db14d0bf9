import { createHmac, timingSafeEqual } from 'node:crypto';

/** What both ends of a connection know once each has said its part; whoever also knows the secret can prove it. */
export interface HandshakeFacts {
  /** Drawn by the coordinator for this connection. */
  readonly challenge: string;
  /** Drawn by the other end for this connection. */
  readonly nonce: string;
  readonly role: string;
  readonly name: string;
  readonly stream: string;
}

/** Keys of one connection: what is signed with one of them is of no use in the other direction, or another connection. */
export interface ConnectionKeys {
  readonly toCoordinator: Uint8Array;
  readonly fromCoordinator: Uint8Array;
}

/** What the other end answers to the coordinator's challenge. */
export function answerChallenge(secret: string, facts: HandshakeFacts): string {
  return derive(secret, 'answer', facts).toString('hex');
}

/** What the coordinator answers then: it has to know the secret, too. */
export function answerNonce(secret: string, facts: HandshakeFacts): string {
  return derive(secret, 'coordinator', facts).toString('hex');
}

export function deriveKeys(secret: string, facts: HandshakeFacts): ConnectionKeys {
  return {
    toCoordinator: derive(secret, 'to coordinator', facts),
    fromCoordinator: derive(secret, 'from coordinator', facts),
  };
}

/** Whether two answers are the same, in a time that does not tell where they differ. */
export function areSame(expected: string, received: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(received)];
  // How long an answer is, is no secret.
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Each use has a purpose of its own, and no two lists of facts look alike as JSON. */
function derive(secret: string, purpose: string, { challenge, nonce, role, name, stream }: HandshakeFacts): Buffer {
  const facts = JSON.stringify([purpose, challenge, nonce, role, name, stream]);
  return createHmac('sha256', secret).update(facts).digest();
}
