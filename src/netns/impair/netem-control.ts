import { quote, UsageError } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { randomSeed } from '../../core/random.js';
import { encodeCreateNetem } from '../netlink/netem.js';
import { encodeDeleteQdisc } from '../netlink/qdisc-place.js';
import type { Netns } from '../netns.js';
import type { Impairment } from '../wire/impairment-model.js';
import type { WireDirection } from '../wire/wire-protocol.js';
import type { ImpairOptions } from './impairment-options.js';
import { type ImpairmentControl, Impairments } from './impairments.js';

/** `67b0:` in tc(8): what has this handle was put there by glovebox. */
const HANDLE = 0x67b0_0000;

/** Where a netem sits: at the way out by which frames of a direction leave. */
export interface NetemPlace {
  readonly netns: Netns;
  readonly ifindex: number;
}

/** Where frames of each direction are impaired. */
export interface NetemPlaces {
  readonly aToB: NetemPlace;
  readonly bToA: NetemPlace;
  /**
   * Whether nobody else has a say there, so that a netem may stay that does nothing: what waits in it still arrives, as
   * on a wire.
   */
  readonly isPrivate: boolean;
}

/** What is done to a link by the kernel's netem. */
export class NetemControl implements ImpairmentControl {
  readonly #link: string;
  readonly #places: NetemPlaces;
  readonly #impairments: Impairments;
  readonly #placed = new Set<WireDirection>();

  /** @param hint what to do where the kernel has no netem */
  constructor(link: string, places: NetemPlaces, hint: string) {
    this.#link = link;
    this.#places = places;
    this.#impairments = new Impairments(link, {
      seed: randomSeed(),
      isClosed: () => places.aToB.netns.closed || places.bToA.netns.closed,
      apply: (direction, impairment, seed) => this.#apply(direction, impairment, seed, hint),
    });
  }

  get seed(): number {
    return this.#impairments.seed;
  }

  effective(direction: WireDirection): Impairment {
    return this.#impairments.effective(direction);
  }

  impair(options: ImpairOptions): Disposable {
    return this.#impairments.impair(options);
  }

  heal(): void {
    this.#impairments.heal();
  }

  #apply(direction: WireDirection, impairment: Impairment, seed: number, hint: string): void {
    const { netns, ifindex } = this.#places[direction];
    const isClear = Object.keys(impairment).length === 0;
    // A closed lab has taken its qdiscs with it.
    if (netns.closed || (isClear && !this.#placed.has(direction))) return;
    const place = { ifindex, handle: HANDLE };
    if (isClear && !this.#places.isPrivate) {
      this.#placed.delete(direction);
      const error = netns.netlink.attemptAll([encodeDeleteQdisc(place)]).get(0);
      // Somebody else has removed it, or put another in its place.
      if (error !== undefined && error.code !== 'ENOENT' && error.code !== 'EINVAL') throw error;
      return;
    }
    const exclusive = !this.#placed.has(direction);
    const request = encodeCreateNetem({ ...place, ...impairment, exclusive, seed: BigInt(seed) });
    const error = netns.netlink.attemptAll([request]).get(0);
    if (error !== undefined) throw this.#explain(error, hint);
    this.#placed.add(direction);
  }

  #explain(error: KernelError, hint: string): Error {
    const subject = `link ${quote(this.#link)}.impair`;
    if (error.code === 'ENOENT') return new UsageError(subject, hint);
    if (error.code !== 'EEXIST') return error;
    const own = 'another qdisc is there, which is left alone; remove it first, or write impairable: true in the spec';
    return new KernelError('EEXIST', { syscall: 'netlink(RTM_NEWQDISC)', action: subject, hint: own, cause: error });
  }
}
