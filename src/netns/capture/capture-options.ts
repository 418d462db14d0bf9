import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { findPacketFilterMistakes, type PacketFilter } from '../packet-filter/packet-filter.js';

/** What of the frames of a link is captured. */
export interface LinkCaptureOptions {
  /** Which frames are captured. @defaultValue all */
  readonly filter?: PacketFilter;
  /**
   * Where a frame is captured: where it is received, so that it is there once, and what was lost on the way is not; where
   * it is sent; or both, so that each frame which arrives is there twice.
   *
   * @defaultValue 'received'
   */
  readonly sides?: 'received' | 'sent' | 'both';
  /** A pcapng file of its own, which all frames are written to as they come; one that exists is replaced. @defaultValue none */
  readonly file?: string;
  /**
   * How many bytes of each frame are kept, from its start.
   *
   * @defaultValue whole frames; of over 128 interfaces (32 in a recording), some 8 KiB or more
   */
  readonly snapLength?: number;
  /**
   * How much memory the frames may take, in bytes, from 65,536; the oldest are overwritten.
   *
   * @defaultValue 16 MiB
   */
  readonly maxBytes?: number;
  /** Written into the file, beside what the lab is. */
  readonly comment?: string;
}

/** What of the frames of a lab is captured. */
export interface CaptureOptions<Link extends string = string> extends LinkCaptureOptions {
  /** The names of links. @defaultValue all */
  readonly links?: readonly Link[];
}

const SIDES = ['received', 'sent', 'both'] as const;
const KNOWN = ['filter', 'sides', 'file', 'snapLength', 'maxBytes', 'comment'];
const SMALLEST_MEMORY_BYTES = 65_536;
const DEFAULT_MEMORY_BYTES = 16 * 1024 * 1024;
const LONGEST_FRAME_BYTES = 262_144;

/** Options with what is chosen where nothing is said. */
export interface CaptureSettings {
  readonly links: readonly string[];
  readonly filter: PacketFilter;
  readonly sides: (typeof SIDES)[number];
  readonly file: string | undefined;
  readonly snapLength: number | undefined;
  readonly maxBytes: number;
  readonly comment: string | undefined;
}

/** @throws UsageError with every mistake */
export function readCaptureOptions(
  subject: string,
  options: CaptureOptions,
  links: readonly string[],
  known: readonly string[] = ['links', ...KNOWN],
): CaptureSettings {
  checkOptions(subject, options);
  const { filter = {}, sides = 'received', file, snapLength, maxBytes = DEFAULT_MEMORY_BYTES, comment } = options;
  const mistakes = [
    ...findUnknownOptions(options, known),
    ...findLinkMistakes(options.links, links),
    ...findPacketFilterMistakes('filter', filter),
    ...(SIDES.includes(sides) ? [] : [`sides must be "received", "sent" or "both"; received ${quote(sides)}`]),
    ...findTextMistakes('file', file),
    ...findTextMistakes('comment', comment),
    ...findNumberMistakes('snapLength', snapLength, 14, LONGEST_FRAME_BYTES),
    ...findNumberMistakes('maxBytes', maxBytes, SMALLEST_MEMORY_BYTES, Number.MAX_SAFE_INTEGER),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return { links: [...new Set(options.links ?? links)], filter, sides, file, snapLength, maxBytes, comment };
}

/**
 * What is to be captured of a lab from the start.
 *
 * @throws UsageError with every mistake
 */
export function readRecording(
  capture: unknown,
  { links }: { readonly links: readonly { readonly name: string }[] },
): CaptureOptions | undefined {
  if (capture === undefined) return undefined;
  const options = capture === 'on-failure' ? {} : capture;
  if (typeof options !== 'object' || options === null)
    throw new UsageError(
      'createLab',
      `capture must be "on-failure" or an object of options; received ${quote(capture)}`,
    );
  const names = links.map(({ name }) => name);
  readCaptureOptions('createLab: capture', options, names);
  return options;
}

/** The options of a capture of one link. */
export function withoutLinks(subject: string, options: LinkCaptureOptions, link: string): CaptureSettings {
  return readCaptureOptions(subject, options, [link], KNOWN);
}

function findLinkMistakes(names: unknown, links: readonly string[]): readonly string[] {
  if (names === undefined) return [];
  if (!Array.isArray(names) || names.length === 0)
    return [`links must be a list of names of links; received ${quote(names)}`];
  return names.flatMap((name: unknown, index) =>
    links.some((link) => link === name)
      ? []
      : [`links[${index}]: ${quote(name)} is no link of this lab${suggest(name, links)}`],
  );
}

function findTextMistakes(name: string, value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) return [];
  return [`${name} must be a text; received ${quote(value)}`];
}

function findNumberMistakes(name: string, value: unknown, least: number, most: number): readonly string[] {
  if (value === undefined) return [];
  const isFine = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  return isFine ? [] : [`${name} must be a whole number ${range}; received ${quote(value)}`];
}
