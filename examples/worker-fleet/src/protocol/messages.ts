import type { InboxSnapshot } from '../delivery/inbox.ts';
import { FleetError } from '../errors.ts';
import type { Checkpoint, Outcome, Task } from '../task.ts';

export type Role = 'worker' | 'client';

/** In the clear, before there are keys. */
export type HandshakeMessage =
  | { readonly type: 'challenge'; readonly challenge: string }
  | {
      readonly type: 'hello';
      readonly role: Role;
      readonly name: string;
      /** Which run of the program this is: it is drawn anew when the program starts, and remembers nothing of the last. */
      readonly stream: string;
      readonly slots: number;
      readonly nonce: string;
      readonly answer: string;
    }
  | { readonly type: 'welcome'; readonly answer: string }
  | { readonly type: 'refused'; readonly reason: string };

/** Delivered: acknowledged by who gets it, sent again until then, and taken once. */
export type DeliveredMessage =
  | { readonly type: 'submit'; readonly task: Task }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'assign'; readonly task: Task; readonly attempt: number; readonly checkpoint?: Checkpoint }
  | { readonly type: 'cancel'; readonly taskId: string; readonly attempt: number }
  | {
      readonly type: 'checkpoint';
      readonly taskId: string;
      readonly attempt: number;
      readonly checkpoint: Checkpoint;
    }
  | {
      readonly type: 'result';
      readonly taskId: string;
      readonly attempt: number;
      readonly isDone: boolean;
      readonly value: string;
      /** How long this attempt took. */
      readonly tookMs: number;
    };

/** What a worker tells of itself from time to time; the next one makes up for one that is lost. */
export interface WorkerFigures {
  readonly connectionAttempts: number;
  readonly connections: number;
  readonly reconnections: number;
  readonly reconnectMs: number;
  readonly tasksDone: number;
  readonly checkpointsCreated: number;
  readonly checkpointsRestored: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly plainBytes: number;
  readonly wireBytes: number;
  readonly residentBytes: number;
}

/** Sent once. */
export type PassingMessage =
  | { readonly type: 'ping'; readonly at: number }
  | { readonly type: 'pong'; readonly at: number }
  | { readonly type: 'ack'; readonly ids: readonly number[] }
  /** The first of each connection: what has come over those before. */
  | { readonly type: 'received'; readonly inbox: InboxSnapshot }
  | { readonly type: 'figures'; readonly figures: WorkerFigures };

/** A message in a sealed frame; one that is delivered has a number. */
export type Envelope =
  | { readonly id: number; readonly message: DeliveredMessage }
  | { readonly id?: undefined; readonly message: PassingMessage };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const HANDSHAKE_TYPES = ['challenge', 'hello', 'welcome', 'refused'];
const DELIVERED_TYPES = ['submit', 'outcome', 'assign', 'cancel', 'checkpoint', 'result'];
const PASSING_TYPES = ['ping', 'pong', 'ack', 'received', 'figures'];

export function encode(value: HandshakeMessage | Envelope): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/**
 * Nobody has vouched for these bytes yet, so every field is looked at.
 *
 * @throws FleetError `PROTOCOL`
 */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const value = parse(bytes);
  const type = isRecord(value) ? value['type'] : undefined;
  if (!isRecord(value) || typeof type !== 'string' || !HANDSHAKE_TYPES.includes(type))
    throw new FleetError('PROTOCOL', 'a message that belongs to no handshake');
  const { slots, role, type: _type, ...words } = value;
  const isRight =
    Object.values(words).every((word) => typeof word === 'string' && word.length <= 256) &&
    (type !== 'hello' || ((role === 'worker' || role === 'client') && Number.isInteger(slots)));
  const needed = { challenge: ['challenge'], hello: ['name', 'stream', 'nonce', 'answer'], welcome: ['answer'] }[type];
  if (!isRight || (needed ?? []).some((name) => words[name] === undefined))
    throw new FleetError('PROTOCOL', `a message "${type}" that lacks a part`);
  return value as HandshakeMessage;
}

/**
 * The seal vouches for these bytes, so what is in them is as a program that knows the secret has written it.
 *
 * @throws FleetError `PROTOCOL` for what this version does not know
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const value = parse(bytes);
  const message = isRecord(value) ? value['message'] : undefined;
  const type = isRecord(message) ? message['type'] : undefined;
  const known = isRecord(value) && Number.isInteger(value['id']) ? DELIVERED_TYPES : PASSING_TYPES;
  if (typeof type !== 'string' || !known.includes(type))
    throw new FleetError('PROTOCOL', `a message of an unknown type, ${JSON.stringify(type)}`);
  return value as Envelope;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new FleetError('PROTOCOL', `${bytes.length} bytes that are no message`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
