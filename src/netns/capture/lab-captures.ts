import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DisposedError, quote, UsageError } from '../../core/errors.js';
import { listFailures } from '../../core/scope-error.js';
import type { LabLink } from '../lab/lab-link.js';
import { type Capture, openCapture } from './capture.js';
import {
  type CaptureOptions,
  type CaptureSettings,
  type LinkCaptureOptions,
  readCaptureOptions,
  withoutLinks,
} from './capture-options.js';
import { listEnds, type RingBudget } from './capture-ports.js';

const MIB = 1024 * 1024;
const BUDGET: RingBudget = { total: 64 * MIB, most: 8 * MIB };
/** Of what is there in case a test fails. */
const RECORDING_BUDGET: RingBudget = { total: 16 * MIB, most: 2 * MIB };

interface Writer {
  readonly settings: CaptureSettings;
  hasStopped: () => boolean;
}

/** The captures of a lab, which end with it. */
export class LabCaptures {
  readonly #links: Readonly<Record<string, LabLink>>;
  readonly #all = new Set<Promise<Capture>>();
  /** Those that write to a file, by its real path. */
  readonly #writers = new Map<string, Writer>();
  #recording: Capture | undefined;
  #isClosed = false;

  constructor(links: Readonly<Record<string, LabLink>>) {
    this.#links = links;
  }

  /** What was captured from when the lab was built, if that was asked for. */
  get recording(): Capture | undefined {
    return this.#recording;
  }

  /** @throws UsageError @throws KernelError @throws DisposedError */
  async start(options: CaptureOptions): Promise<Capture> {
    return this.#open(readCaptureOptions('lab.capture', options, Object.keys(this.#links)), BUDGET);
  }

  /** The same for one link. */
  async startAt(link: string, options: LinkCaptureOptions): Promise<Capture> {
    return this.#open(withoutLinks(`link "${link}".capture`, options, link), BUDGET);
  }

  /** Captures from the start. */
  async record(options: CaptureOptions): Promise<void> {
    const settings = readCaptureOptions('createLab', options, Object.keys(this.#links));
    this.#recording = await this.#open(settings, RECORDING_BUDGET);
  }

  async #open(settings: CaptureSettings, budget: RingBudget): Promise<Capture> {
    if (this.#isClosed) throw new DisposedError('lab', 'capture()');
    const links = settings.links.flatMap((name) => this.#links[name] ?? []);
    const path = settings.file === undefined ? undefined : resolveFile(settings.file);
    if (path !== undefined) this.#requireFree(path, settings);
    const opening = openCapture(listEnds(links), settings, budget);
    this.#all.add(opening);
    const writer: Writer = { settings, hasStopped: () => false };
    if (path !== undefined) this.#writers.set(path, writer);
    try {
      const capture = await opening;
      writer.hasStopped = () => capture.hasStopped;
      return capture;
    } catch (error) {
      this.#all.delete(opening);
      if (path !== undefined) this.#writers.delete(path);
      throw error;
    }
  }

  #requireFree(path: string, { file }: CaptureSettings): void {
    const first = this.#writers.get(path);
    if (first === undefined || first.hasStopped()) return;
    throw new UsageError(
      'capture',
      `file ${quote(file)} is being written by the capture of ${first.settings.links.join(', ')} to ${quote(first.settings.file)}; stop that first, or give another file`,
    );
  }

  /** Ends them all. */
  async close(): Promise<ReturnType<typeof listFailures>> {
    this.#isClosed = true;
    const closings = [...this.#all].map(async (opening) => {
      // Who asked for it is told when it cannot be opened.
      const capture = await opening.catch(() => undefined);
      try {
        await capture?.[Symbol.asyncDispose]();
        return [];
      } catch (error) {
        return listFailures('capture', error);
      }
    });
    return (await Promise.all(closings)).flat();
  }
}

/** Its real path: it need not be there yet, and its folder is missed when it is opened. */
function resolveFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    try {
      return join(realpathSync(dirname(file)), basename(file));
    } catch {
      return file;
    }
  }
}
