import { DisposedError } from '../../core/errors.js';
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

/** The captures of a lab, which end with it. */
export class LabCaptures {
  readonly #links: Readonly<Record<string, LabLink>>;
  readonly #all = new Set<Promise<Capture>>();
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
    const opening = openCapture(listEnds(links), settings, budget);
    this.#all.add(opening);
    try {
      return await opening;
    } catch (error) {
      this.#all.delete(opening);
      throw error;
    }
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
