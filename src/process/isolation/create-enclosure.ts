import { UnsupportedError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import type { Isolation } from '../spawn-options.js';
import type { Enclosure } from './enclosure.js';
import { Keeper } from './keeper.js';
import { ProcessGroup } from './process-group.js';

/**
 * The enclosure that was asked for, or the best there is.
 *
 * @throws UnsupportedError when full isolation was asked for and is not to be had
 */
export function createEnclosure(isolation: Isolation | undefined): Enclosure {
  if (isolation === 'none') return new ProcessGroup();
  try {
    return enclose(Keeper.start());
  } catch (error) {
    const isRefused = error instanceof UnsupportedError || errnoOf(error) === 'EPERM';
    if (isolation === undefined && isRefused) return new ProcessGroup();
    throw error;
  }
}

/** A keeper for one program, whose /proc shows only what is in it. */
function enclose(keeper: Keeper): Enclosure {
  return {
    isolation: 'full',
    prefix: ['unshare', '--mount-proc', '--'],
    run: (run) => keeper.run(run),
    adopt: () => {},
    pids: () => keeper.pids(),
    kill: () => keeper.kill(),
    ended: keeper.ended,
  };
}
