import { type FaultPlan, instrument, type PointsOf } from 'glovebox';
import type { ProgramStore } from '../../src/store/store.js';

declare module 'glovebox' {
  interface FaultPoints extends PointsOf<'store', ProgramStore> {}
}

/** A store whose every call is recorded, and can be made to fail. */
export function instrumentStore(store: ProgramStore, faults: FaultPlan): ProgramStore {
  return instrument(store, {
    faults,
    point: 'store',
    reads: ['program', 'programs', 'nextLinkId', 'link', 'links', 'dispatcher', 'dispatchers'],
  });
}
