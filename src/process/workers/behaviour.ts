import { findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote } from '../../core/errors.js';

/** On which messages a worker misbehaves, counted from when it was asked to; nothing given means on every one. */
export interface BehaviourOccurrence {
  /** On the `nth` message only, from 1. */
  readonly nth?: number;
  /** On the `from`th message and every later one. */
  readonly from?: number;
  /** On so many messages at most. */
  readonly times?: number;
}

/** What a worker does wrong: exactly one of these, or `delayMs` alone or beside one of them. */
export interface BehaviourEffect {
  /** Waits before it handles the message, in milliseconds; messages after it on the same connection wait too. */
  readonly delayMs?: number;
  /** Answers this in place of what it would have; the message is not handled. */
  readonly answer?: unknown;
  /** Does not answer; the message is not handled. */
  readonly silent?: true;
  /** Answers with bytes that are no frame. */
  readonly garble?: true;
  /** Closes the connection in place of an answer. */
  readonly disconnect?: true;
  /** Is killed by SIGKILL: before the message is handled, or after it was answered. */
  readonly crash?: 'before' | 'after';
  /** Exits with this code in place of an answer. */
  readonly exit?: number;
  /** Reads nothing more, on any connection, once this message is answered; what its peers send fills their buffers. */
  readonly stopReading?: true;
  /** Freezes, as by SIGSTOP, before the message is handled; `worker.process.resume()` lets it go on. */
  readonly freeze?: true;
}

/** One thing that a worker does wrong, and when. */
export type WorkerBehaviour = BehaviourOccurrence & BehaviourEffect;

const EFFECTS = ['answer', 'silent', 'garble', 'disconnect', 'crash', 'exit', 'stopReading', 'freeze'] as const;
const NAMES = ['nth', 'from', 'times', 'delayMs', ...EFFECTS];

/** What is wrong with a behaviour; empty when nothing is. */
export function findBehaviourMistakes(name: string, behaviour: unknown): readonly string[] {
  if (typeof behaviour !== 'object' || behaviour === null)
    return [`${name} must be an object such as { nth: 3, crash: 'before' }, not ${quote(behaviour)}`];
  const { nth, from, times, delayMs, crash, exit, ...rest }: { [K in keyof WorkerBehaviour]: unknown } = behaviour;
  const effects = EFFECTS.filter((effect) => effect in behaviour);
  const mistakes = [...findUnknownOptions(behaviour, NAMES)];
  for (const [field, value] of Object.entries({ nth, from, times }))
    if (value !== undefined && !(typeof value === 'number' && Number.isSafeInteger(value) && value >= 1))
      mistakes.push(`${field} must be a whole number from 1, not ${quote(value)}`);
  if (nth !== undefined && (from !== undefined || times !== undefined))
    mistakes.push('nth is one message: from and times contradict it');
  if (effects.length > 1) mistakes.push(`one effect at a time: ${effects.join(' and ')} contradict each other`);
  if (effects.length === 0 && delayMs === undefined)
    mistakes.push(`nothing to do is given: one of delayMs, ${EFFECTS.join(', ')}`);
  if (delayMs !== undefined) mistakes.push(...findSpanMistakes('delayMs', delayMs));
  if (crash !== undefined && crash !== 'before' && crash !== 'after')
    mistakes.push(`crash must be "before" or "after" the message is handled, not ${quote(crash)}`);
  if (exit !== undefined && !(typeof exit === 'number' && Number.isInteger(exit) && exit >= 0 && exit <= 255))
    mistakes.push(`exit must be a code from 0 to 255, not ${quote(exit)}`);
  const { silent, garble, disconnect, stopReading, freeze } = rest;
  for (const [field, value] of Object.entries({ silent, garble, disconnect, stopReading, freeze }))
    if (value !== undefined && value !== true) mistakes.push(`${field} must be true, not ${quote(value)}`);
  return mistakes.map((mistake) => (name === '' ? mistake : `${name}: ${mistake}`));
}

/** How a message is to be treated. */
export interface Treatment {
  readonly delayMs: number;
  /** What is done wrong, beside the delay. */
  readonly effect: BehaviourEffect | undefined;
}

/** The behaviours that a worker was asked for, each with its count of messages. */
export class Behaviours {
  #armed: { readonly behaviour: WorkerBehaviour; seen: number; done: number }[] = [];

  add(behaviour: WorkerBehaviour): void {
    this.#armed.push({ behaviour, seen: 0, done: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** Counts a message: all count it, delays add up, and the first other effect whose turn it is decides. */
  treat(): Treatment {
    let delayMs = 0;
    let effect: BehaviourEffect | undefined;
    for (const each of this.#armed) {
      each.seen += 1;
      const { nth, from = 1, times = Number.POSITIVE_INFINITY } = each.behaviour;
      const isTurn = nth === undefined ? each.seen >= from && each.done < times : each.seen === nth;
      if (!isTurn) continue;
      const isDelay = EFFECTS.every((name) => !(name in each.behaviour));
      if (!isDelay && effect !== undefined) continue;
      each.done += 1;
      delayMs += each.behaviour.delayMs ?? 0;
      if (!isDelay) effect = each.behaviour;
    }
    return { delayMs, effect };
  }
}
