import type { Kernel, NetIfaceResolver } from 'glovebox/kernel';
import type { Paths } from './paths.js';
import type { Clock } from './retry.js';
import type { ProgramStore } from './store/store.js';

/** What every operation of the manager works with. */
export interface Context {
  readonly kernel: Kernel;
  readonly interfaces: NetIfaceResolver;
  readonly store: ProgramStore;
  readonly paths: Paths;
  readonly clock: Clock;
}
