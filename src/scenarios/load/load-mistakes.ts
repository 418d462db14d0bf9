import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import type { LoadShape, LoadWork } from './load.js';

const WORK_NAMES = ['name', 'perform', 'send', 'flush', 'maxInFlight', 'drainMs'];

/** The mistakes in the options of a load, told all at once. */
export class LoadMistakes {
  readonly #subject: string;
  readonly #list: string[] = [];

  /** Looks over what every load has. @throws UsageError when the options are no object */
  constructor(subject: string, options: LoadWork, names: readonly string[]) {
    checkOptions(subject, options);
    this.#subject = subject;
    this.#list.push(...findUnknownOptions(options, [...names, ...WORK_NAMES]), ...findWorkMistakes(options));
  }

  add(mistake: string): void {
    this.#list.push(mistake);
  }

  /** A whole number above 0. */
  count(name: string, value: unknown): void {
    if (!isCount(value)) this.add(`${name} must be a whole number above 0; received ${quote(value)}`);
  }

  /** A finite number above 0. */
  figure(name: string, value: unknown): void {
    if (!(typeof value === 'number' && Number.isFinite(value) && value > 0))
      this.add(`${name} must be a finite number above 0; received ${quote(value)}`);
  }

  /** A finite number, 0 or more. */
  size(name: string, value: unknown): void {
    if (!(typeof value === 'number' && Number.isFinite(value) && value >= 0))
      this.add(`${name} must be a finite number, 0 or more; received ${quote(value)}`);
  }

  span(name: string, value: unknown): void {
    this.#list.push(...findSpanMistakes(name, value));
  }

  spacing(value: unknown): void {
    if (value !== undefined && value !== 'regular' && value !== 'poisson')
      this.add(`spacing must be "regular" or "poisson"; received ${quote(value)}`);
  }

  shares(value: unknown): void {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    if (entries.length === 0) {
      this.add(`shares must name one kind or more, such as { high: 1, low: 9 }; received ${quote(value)}`);
      return;
    }
    for (const [kind, share] of entries) this.size(`shares.${kind}`, share);
    if (entries.every(([, share]) => share === 0)) this.add('one of the shares must be above 0');
  }

  /** @throws UsageError */
  throwIfAny(): void {
    if (this.#list.length > 0) throw new UsageError(this.#subject, this.#list);
  }
}

/** What of the options says how the work is done. */
export function pickWork(options: LoadWork): LoadWork {
  const { name, perform, send, flush, maxInFlight, drainMs } = options;
  return {
    ...(name !== undefined && { name }),
    ...(perform !== undefined && { perform }),
    ...(send !== undefined && { send }),
    ...(flush !== undefined && { flush }),
    ...(maxInFlight !== undefined && { maxInFlight }),
    ...(drainMs !== undefined && { drainMs }),
  };
}

/** What is wrong with how a load does its work. */
export function findWorkMistakes(options: LoadWork): readonly string[] {
  const { name, perform, send, flush, maxInFlight, drainMs }: { [K in keyof LoadWork]?: unknown } = options;
  const mistakes: string[] = [];
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    mistakes.push(`name must be a string that is not empty; received ${quote(name)}`);
  for (const [field, value] of Object.entries({ perform, send, flush }))
    if (value !== undefined && typeof value !== 'function')
      mistakes.push(`${field} must be a function; received ${quote(value)}`);
  if ((perform === undefined) === (send === undefined))
    mistakes.push(`either perform or send must be given, not ${perform === undefined ? 'neither' : 'both'}`);
  if (flush !== undefined && send === undefined) mistakes.push('flush goes with send only');
  if (maxInFlight !== undefined && !isCount(maxInFlight))
    mistakes.push(`maxInFlight must be a whole number above 0; received ${quote(maxInFlight)}`);
  if (drainMs !== undefined) mistakes.push(...findSpanMistakes('drainMs', drainMs));
  return mistakes;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** What is wrong with something that should be a load: a test may have made it itself. */
export function findLoadMistakes(value: unknown): readonly string[] {
  const { shape, work }: { readonly shape?: unknown; readonly work?: unknown } = Object(value);
  if (typeof shape !== 'object' || shape === null || typeof work !== 'object' || work === null)
    return [`it must be a load, such as steady({ … }) returns; received ${quote(value)}`];
  const { description, durationMs, arrivals, closed }: { readonly [K in keyof LoadShape]?: unknown } = shape;
  const mistakes = [...findWorkMistakes(work)];
  if (typeof description !== 'string' || description === '')
    mistakes.push(`shape.description must be a string that is not empty; received ${quote(description)}`);
  if (!(typeof durationMs === 'number' && durationMs >= 0))
    mistakes.push(`shape.durationMs must be a number of milliseconds, 0 or more; received ${quote(durationMs)}`);
  if ((arrivals === undefined) === (closed === undefined)) mistakes.push('shape must have either arrivals or closed');
  else if (closed === undefined && typeof arrivals !== 'function')
    mistakes.push(`shape.arrivals must be a function; received ${quote(arrivals)}`);
  else if (arrivals === undefined && !isCount(Object(closed).inFlight))
    mistakes.push(`shape.closed.inFlight must be a whole number above 0; received ${quote(Object(closed).inFlight)}`);
  return mistakes;
}
