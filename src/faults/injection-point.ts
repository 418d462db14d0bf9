import { quote, UsageError } from '../core/errors.js';
import { isThenable } from '../core/is-thenable.js';
import { KernelError } from '../core/kernel-error.js';
import { RealClock } from '../core/real-clock.js';
import type { ArmedFault } from './armed-fault.js';
import type { FaultEngine } from './engine.js';
import { followLazily } from './lazy-call.js';
import { CRASH, codeOfError, ERROR, INJECTED, type LoggedPoint, nameOfCall, OK } from './operation-log.js';
import type { FaultPoint, PointDescriptor } from './points.js';
import type { ErrorSource } from './rule.js';

/**
 * A point that calls can be sent through: each is counted, recorded, and ended as the plan's faults say.
 *
 * @example
 * ```ts
 * const flush = faults.point('cache.flush', { errors: ['EIO'] });
 * await flush.run({ key }, () => disk.write(key, value));
 * ```
 */
export interface InjectionPoint<Call> {
  readonly name: FaultPoint;
  /**
   * Sends an asynchronous call through the point.
   *
   * @throws what the effect throws, what a fault injects, or CrashError when the program under test is dead.
   */
  run<R>(call: Call, effect: () => R | PromiseLike<R>): Promise<R>;
  /**
   * Sends a synchronous call through the point.
   *
   * @throws UsageError when a fault would delay it and the plan's clock is not a RealClock; otherwise as `run`.
   */
  runSync<R>(call: Call, effect: () => R): R;
}

/** A point whose calls may turn out to be asynchronous only when they return. */
export interface DynamicPoint extends InjectionPoint<object> {
  /**
   * Sends a call through the point that is synchronous unless it returns a promise; the call then ends when that does.
   * Faults that come before the effect throw, for no promise is known of yet.
   */
  runEither(call: object, effect: () => unknown): unknown;
}

/** What the armed faults decided about a call. */
interface Decision {
  readonly delayMs: number;
  readonly delays: readonly ArmedFault[];
  /** The fault that decides how the call ends. */
  readonly fault: ArmedFault | undefined;
}

const NO_DECISION: Decision = { delayMs: 0, delays: [], fault: undefined };

/** A point of a plan, with its counter and its armed faults. */
export class PlanPoint implements DynamicPoint, LoggedPoint {
  readonly name: FaultPoint;
  readonly verb: string;
  descriptor: PointDescriptor;
  read: boolean;
  /** How many calls have passed. */
  calls = 0;
  /** In the order in which they were armed. */
  faults: readonly ArmedFault[] = [];
  readonly #engine: FaultEngine;

  constructor(name: FaultPoint, descriptor: PointDescriptor, engine: FaultEngine) {
    this.name = name;
    this.verb = name.slice(name.lastIndexOf('.') + 1);
    this.descriptor = descriptor;
    this.read = descriptor.read ?? false;
    this.#engine = engine;
  }

  async run<R>(call: object, effect: () => R | PromiseLike<R>): Promise<R> {
    const life = this.#engine.life;
    const decision = this.#enter(call, effect);
    if (decision === undefined) {
      let result: R;
      try {
        const made = effect();
        result = isThenable(made) ? await made : made;
      } catch (error) {
        throw this.#endFailed(call, error, life);
      }
      this.#endOk(call, life);
      return result;
    }
    if (decision.delayMs > 0) await this.#engine.clock.sleep(decision.delayMs);
    if (life !== this.#engine.life) throw this.#engine.refuse(this.name, call, life);
    const early = this.#endEarly(call, decision);
    if (early !== undefined) {
      const answer = early.answer();
      // The type of the answer is the test's promise: `instead` is documented to answer what the call returns.
      return (isThenable(answer) ? await answer : answer) as R;
    }
    let result: R;
    try {
      result = await effect();
    } catch (error) {
      throw this.#endDecidedFailed(call, error, decision, life);
    }
    this.#endDecidedOk(call, decision, life);
    return result;
  }

  runSync<R>(call: object, effect: () => R): R {
    const life = this.#engine.life;
    const decision = this.#enter(call, effect);
    let result: R;
    if (decision === undefined) {
      try {
        result = effect();
      } catch (error) {
        throw this.#endFailed(call, error, life);
      }
      this.#endOk(call, life);
      return result;
    }
    if (decision.delayMs > 0) this.#block(decision);
    const early = this.#endEarly(call, decision);
    // As in `run`: the type of the answer is the test's promise.
    if (early !== undefined) return early.answer() as R;
    try {
      result = effect();
    } catch (error) {
      throw this.#endDecidedFailed(call, error, decision, life);
    }
    this.#endDecidedOk(call, decision, life);
    return result;
  }

  runEither(call: object, effect: () => unknown): unknown {
    const life = this.#engine.life;
    const decision = this.#enter(call, effect) ?? NO_DECISION;
    if (decision.delayMs > 0) this.#block(decision);
    const early = this.#endEarly(call, decision);
    if (early !== undefined) return early.answer();
    const fail = (error: unknown): never => {
      throw this.#endDecidedFailed(call, error, decision, life);
    };
    const succeed = (result: unknown): unknown => {
      this.#endDecidedOk(call, decision, life);
      return result;
    };
    let made: unknown;
    let isAsync: boolean;
    try {
      made = effect();
      isAsync = isThenable(made);
    } catch (error) {
      return fail(error);
    }
    if (made instanceof Promise) return made.then(succeed, fail);
    return isAsync && isThenable(made) ? followLazily(made, succeed, fail) : succeed(made);
  }

  /** Counts a call and asks the faults. @returns Undefined when nothing is to be done to it. */
  #enter(call: object, effect: unknown): Decision | undefined {
    const engine = this.#engine;
    if (typeof call !== 'object' || call === null || typeof effect !== 'function') this.#refuseCall(call, effect);
    if (engine.crash !== undefined) throw engine.refuse(this.name, call);
    this.calls += 1;
    if (engine.tracers.size > 0) {
      for (const tracer of engine.tracers) tracer({ point: this.name, call, index: this.calls });
    }
    return this.faults.length === 0 ? undefined : this.#decide(call);
  }

  #refuseCall(call: unknown, effect: unknown): never {
    const mistakes: string[] = [];
    if (typeof call !== 'object' || call === null)
      mistakes.push(`what a call tells of itself must be an object; received ${quote(call)}`);
    if (typeof effect !== 'function') mistakes.push(`the effect must be a function; received ${quote(effect)}`);
    throw new UsageError(this.name, mistakes);
  }

  #decide(call: object): Decision | undefined {
    const delays: ArmedFault[] = [];
    let delayMs = 0;
    let fault: ArmedFault | undefined;
    for (const each of this.faults) {
      if (!each.consider(call)) continue;
      if (each.rule.effect.kind === 'delay') delays.push(each);
      else if (fault === undefined) fault = each;
      else {
        each.noteLost(fault);
        continue;
      }
      delayMs += each.rule.delayMs;
    }
    return fault === undefined && delays.length === 0 ? undefined : { delayMs, delays, fault };
  }

  /** Ends a call that is not to take effect; `answer` gives what it returns, or throws. */
  #endEarly(call: object, decision: Decision): { readonly answer: () => unknown } | undefined {
    for (const delay of decision.delays) delay.noteFired();
    const fault = decision.fault;
    if (fault === undefined) return undefined;
    const { effect } = fault.rule;
    if (effect.kind === 'before') throw this.#injectError(effect.error, call, decision, fault);
    if (effect.kind === 'instead') {
      return { answer: () => this.#answerInstead(effect.answer, call, decision) };
    }
    if (effect.kind === 'crash' && effect.when === 'before') throw this.#crash(call, decision, fault, 'before');
    return undefined;
  }

  /** An answer that is a promise ends the call when it settles: what it is rejected with is the call's error. */
  #answerInstead(make: (call: object) => unknown, call: object, decision: Decision): unknown {
    const life = this.#engine.life;
    const succeed = (answer: unknown): unknown => {
      if (life === this.#engine.life) this.#endInjected(call, decision, OK, undefined);
      return answer;
    };
    const fail = (error: unknown): never => {
      if (life === this.#engine.life) this.#endInjected(call, decision, ERROR, codeOfError(error));
      throw error;
    };
    let answer: unknown;
    try {
      answer = make(call);
    } catch (error) {
      return fail(error);
    }
    return answer instanceof Promise ? answer.then(succeed, fail) : succeed(answer);
  }

  /** @returns The operation's sequence; undefined for a call of before a reset, which is not recorded. */
  #endOk(call: object, life: number): number | undefined {
    if (life === this.#engine.life) return this.#engine.log.record(this, call, OK, undefined);
    if (this.#engine.isForgotten(life)) return undefined;
    // The call took effect, but the program that made it has died meanwhile and will not learn of it.
    throw this.#endOrphaned(call);
  }

  #endFailed(call: object, error: unknown, life: number): unknown {
    if (life !== this.#engine.life) return this.#engine.isForgotten(life) ? error : this.#endOrphaned(call);
    this.#engine.log.record(this, call, ERROR, codeOfError(error));
    return error;
  }

  #endOrphaned(call: object): unknown {
    this.#engine.log.record(this, call, CRASH, undefined);
    return this.#engine.refuse(this.name, call);
  }

  #endDecidedOk(call: object, decision: Decision, life: number): void {
    const { fault } = decision;
    if (life === this.#engine.life) {
      if (fault?.rule.effect.kind === 'crash') throw this.#crash(call, decision, fault, 'after');
      if (fault?.rule.effect.kind === 'after') throw this.#injectError(fault.rule.effect.error, call, decision, fault);
    }
    this.#noteDelays(decision, this.#endOk(call, life));
  }

  #endDecidedFailed(call: object, error: unknown, decision: Decision, life: number): unknown {
    if (life !== this.#engine.life) return this.#endFailed(call, error, life);
    const { fault } = decision;
    // A program can die as well when a call has failed as when it has not.
    if (fault?.rule.effect.kind === 'crash') return this.#crash(call, decision, fault, 'after');
    fault?.noteLost();
    this.#noteDelays(decision, this.#engine.log.record(this, call, ERROR, codeOfError(error)));
    return error;
  }

  #endInjected(call: object, decision: Decision, outcome: number, code: string | undefined): void {
    const sequence = this.#engine.log.record(this, call, outcome | INJECTED, code);
    decision.fault?.noteFired();
    decision.fault?.noteOperation(sequence);
    this.#noteDelays(decision, sequence);
  }

  #noteDelays(decision: Decision, sequence: number | undefined): void {
    if (sequence === undefined) return;
    for (const delay of decision.delays) delay.noteOperation(sequence);
  }

  #crash(call: object, decision: Decision, fault: ArmedFault, when: 'before' | 'after'): unknown {
    this.#endInjected(call, decision, CRASH, undefined);
    return this.#engine.die({ point: this.name, name: nameOfCall(call, this.verb), when, label: fault.label });
  }

  /** Ends a call with a fault's error. @returns The error to throw; a UsageError when the fault cannot make one. */
  #injectError(source: ErrorSource, call: object, decision: Decision, fault: ArmedFault): Error {
    try {
      const error = this.#makeError(source, call, fault);
      this.#endInjected(call, decision, ERROR, codeOfError(error));
      return error;
    } catch (mistake) {
      if (!(mistake instanceof UsageError)) throw mistake;
      // The call has ended and is recorded, but the fault has not done what the test says of it.
      fault.noteMistake(mistake);
      this.#noteDelays(decision, this.#engine.log.record(this, call, ERROR | INJECTED, mistake.code));
      return mistake;
    }
  }

  /** @throws UsageError when the fault's function throws, or makes something else than an Error. */
  #makeError(source: ErrorSource, call: object, fault: ArmedFault): Error {
    if (source instanceof Error) return source;
    if (typeof source === 'string') {
      return new KernelError(source, {
        syscall: this.descriptor.syscall ?? this.name,
        action: `${this.name} ${quote(nameOfCall(call, this.verb))}`,
        hint: `Injected by fault ${quote(fault.label)}`,
      });
    }
    const subject = `fault ${quote(fault.label)}`;
    let error: unknown;
    try {
      error = source(call);
    } catch (cause) {
      throw new UsageError(subject, `its function must return an Error; it threw ${quote(cause)}`, { cause });
    }
    if (error instanceof Error) return error;
    throw new UsageError(subject, `its function must make an Error; received ${quote(error)}`);
  }

  #block(decision: Decision): void {
    const labels = [...decision.delays, decision.fault].filter((each) => each !== undefined && each.rule.delayMs > 0);
    if (!(this.#engine.clock instanceof RealClock)) {
      throw new UsageError(
        `fault ${quote(labels[0]?.label)}`,
        `${this.name} is a synchronous call, which can wait on a RealClock only; the plan's clock is ` +
          `${quote(this.#engine.clock.constructor.name)}. Take delayMs away, or make the call asynchronous`,
      );
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, decision.delayMs);
  }
}
