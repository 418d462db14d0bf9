import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { checkImpairOptions, type ImpairOptions } from '../../netns/impair/impairment-options.js';
import type { Impairment } from '../../netns/wire/impairment-model.js';
import type { Disruption } from './disruption.js';

/** What of a link can be disrupted: one of a lab. */
export interface DisruptibleLink {
  readonly name: string;
  down(): void;
  up(): void;
  impair(options: ImpairOptions): Disposable;
}

/** Which way frames are damaged: from the first end of the spec to the second, back, or both. */
export interface LinkDirection {
  /** @defaultValue 'both' */
  readonly direction?: 'both' | 'aToB' | 'bToA';
}

/** How slow a link becomes. */
export interface SlowOptions extends LinkDirection {
  /** How much later each frame arrives, in milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
  /** How much the delay varies, in milliseconds. @defaultValue 0 */
  readonly jitterMs?: number;
  /** @defaultValue as fast as it is */
  readonly rateBitsPerSecond?: number;
}

/** How many frames are hit. */
export interface PercentOptions extends LinkDirection {
  /** From 0 to 100. */
  readonly percent: number;
}

/**
 * Pulls the plug of a link; it is back when the last that pulled it ends, with the routes through it.
 *
 * @throws UsageError for what is no link of a lab
 *
 * @example
 * ```ts
 * every({ periodMs: 5000, lastsMs: 1000, disrupt: linkDown(lab.links.uplink) });
 * ```
 */
export function linkDown(link: Pick<DisruptibleLink, 'name' | 'down' | 'up'>): Disruption {
  const mistakes = findLinkMistakes(link, ['down', 'up']);
  if (mistakes.length > 0) throw new UsageError('linkDown', mistakes);
  return {
    kind: 'link down',
    target: link.name,
    begin: ({ hold }) =>
      hold(link, 'down', true, (held) => {
        if (held.length > 0) link.down();
        else link.up();
      }),
  };
}

/** Lets frames arrive later, or at a lower rate. @throws UsageError with every mistake */
export function slow(link: Pick<DisruptibleLink, 'name' | 'impair'>, options: SlowOptions): Disruption {
  const { delayMs, jitterMs, rateBitsPerSecond } = Object(options) as SlowOptions;
  const details = [
    ...(delayMs === undefined ? [] : [`${delayMs}${jitterMs === undefined ? '' : ` ± ${jitterMs}`} ms more`]),
    ...(rateBitsPerSecond === undefined ? [] : [`${rateBitsPerSecond} bit/s`]),
  ];
  const mistakes =
    details.length === 0
      ? ['give delayMs, with or without jitterMs, or rateBitsPerSecond, such as { delayMs: 20 }']
      : [];
  const impairment = {
    ...(delayMs !== undefined && { delayMs }),
    ...(jitterMs !== undefined && { jitterMs }),
    ...(rateBitsPerSecond !== undefined && { rateBitsPerSecond }),
  };
  return impairing('slow', link, options, {
    impairment,
    details,
    names: ['delayMs', 'jitterMs', 'rateBitsPerSecond'],
    mistakes,
  });
}

/** Loses a part of the frames; no sender is told. @throws UsageError with every mistake */
export function lossy(link: Pick<DisruptibleLink, 'name' | 'impair'>, options: PercentOptions): Disruption {
  const { percent } = Object(options) as PercentOptions;
  const details = [`${percent} % lost`];
  return impairing('lossy', link, options, {
    impairment: { lossPercent: percent },
    details,
    names: ['percent'],
    mistakes: findPercentMistakes(percent),
  });
}

/** Flips a bit in a part of the frames: checksums find it, so that TCP sends them again. @throws UsageError with every mistake */
export function corrupt(link: Pick<DisruptibleLink, 'name' | 'impair'>, options: PercentOptions): Disruption {
  const { percent } = Object(options) as PercentOptions;
  const details = [`${percent} % with a wrong bit`];
  return impairing('corrupt', link, options, {
    impairment: { corruptPercent: percent },
    details,
    names: ['percent'],
    mistakes: findPercentMistakes(percent),
  });
}

interface ImpairingParts {
  readonly impairment: Impairment;
  readonly details: readonly string[];
  readonly names: readonly string[];
  readonly mistakes: readonly string[];
}

const DIRECTIONS = ['both', 'aToB', 'bToA'] as const;

/** What is merged with what is there, by the link itself: of each field the newest counts. */
function impairing(
  kind: string,
  link: Pick<DisruptibleLink, 'name' | 'impair'>,
  options: LinkDirection,
  { impairment, details, names, mistakes }: ImpairingParts,
): Disruption {
  checkOptions(kind, options);
  const { direction = 'both' } = options;
  const isDirection = DIRECTIONS.includes(direction);
  const all = [
    ...findLinkMistakes(link, ['impair']),
    ...findUnknownOptions(options, [...names, 'direction']),
    ...(isDirection ? [] : [`direction must be ${DIRECTIONS.map(quote).join(' or ')}; received ${quote(direction)}`]),
    ...mistakes,
    ...(isDirection && mistakes.length === 0 ? findImpairMistakes(kind, { [direction]: impairment }) : []),
  ];
  if (all.length > 0) throw new UsageError(kind, all);
  return {
    kind,
    target: link.name,
    details: [...details, ...(direction === 'both' ? [] : [direction])].join(', '),
    begin: ({ inTurn, random }) =>
      inTurn(link, () => {
        const impaired = link.impair({ [direction]: impairment, seed: random.int(0, 0xffffffff) });
        return () => impaired[Symbol.dispose]();
      }),
  };
}

function findImpairMistakes(kind: string, options: ImpairOptions): readonly string[] {
  try {
    checkImpairOptions(kind, options);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

function findPercentMistakes(percent: unknown): readonly string[] {
  if (typeof percent === 'number' && percent > 0 && percent <= 100) return [];
  return [`percent must be a number above 0, and at most 100; received ${quote(percent)}`];
}

function findLinkMistakes(link: unknown, methods: readonly string[]): readonly string[] {
  const given = Object(link) as object;
  const isLink =
    typeof Reflect.get(given, 'name') === 'string' &&
    methods.every((method) => typeof Reflect.get(given, method) === 'function');
  return isLink ? [] : [`link must be one of a lab, such as lab.links.uplink; received ${quote(link)}`];
}
