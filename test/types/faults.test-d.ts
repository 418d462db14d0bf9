// Checked by tsc alone (`npm run typecheck`): each line that must not compile says so.

import type { FaultOptions } from '../../src/faults/fault.js';
import { instrument } from '../../src/faults/instrument.js';
import type { PointsOf } from '../../src/faults/instrument-types.js';
import type { FaultPlan } from '../../src/faults/plan.js';

declare class Shelf {
  put(item: { readonly name: string }): void;
  take(name: string): Promise<number>;
  readonly size: number;
}

declare module '../../src/faults/points.js' {
  interface FaultPoints extends PointsOf<'shelf', Shelf, { put: { readonly name: string; readonly heavy: boolean } }> {}
}

declare const faults: FaultPlan;

faults.inject('kernel.load', { where: { name: ['a', 'b'], type: 'xdp' }, nth: 2, before: 'ENOMEM', delayMs: 5 });
faults.inject('kernel.attach', { where: (call) => call.ifindex === 2, probability: 0.5, after: new Error('no') });
faults.inject('kernel.detach', { instead: (call) => call.linkId, once: true });
faults.inject('kernel.detach', { delayMs: 5 });
faults.inject('shelf.put', { where: { heavy: true }, crash: 'after' });
faults.inject('shelf.take', { where: { args: ['a'] }, before: ({ args }) => new Error(args[0]) });

// @ts-expect-error an unknown point
faults.inject('kernel.laod', { before: 'ENOMEM' });
// @ts-expect-error a field that calls at the point do not have
faults.inject('kernel.load', { where: { nmae: 'a' }, before: 'ENOMEM' });
// @ts-expect-error a value of another type
faults.inject('kernel.load', { where: { name: 1 }, before: 'ENOMEM' });
// @ts-expect-error an unknown error
faults.inject('kernel.load', { before: 'EBUZY' });
// @ts-expect-error two effects
faults.inject('kernel.load', { before: 'ENOMEM', after: 'ENOMEM' });
// @ts-expect-error two occurrences
faults.inject('kernel.load', { before: 'ENOMEM', once: true, nth: 2 });
// @ts-expect-error no effect
faults.inject('kernel.load', { once: true });
// @ts-expect-error a predicate of another call
faults.inject('kernel.load', { where: (call: { readonly other: number }) => call.other === 1, before: 'ENOMEM' });
// @ts-expect-error a property is no method, so no point
faults.inject('shelf.size', { before: 'EIO' });
// @ts-expect-error a call that lacks what the point's calls tell
faults.passSync('shelf.put', { name: 'a' }, () => 1);

const text: Promise<string> = faults.pass('shelf.put', { name: 'a', heavy: true }, () => 'a');
const options: FaultOptions<'shelf.put'> = { before: 'EIO' };
faults.inject('shelf.put', options);

const shelf: Shelf = instrument(new Shelf(), {
  faults,
  point: 'shelf',
  describe: { put: (item) => ({ name: item.name, heavy: false }) },
  reads: ['take'],
  errors: { put: ['EIO'] },
});
instrument(new Shelf(), {
  faults,
  point: 'shelf',
  // @ts-expect-error the point's calls have a field heavy
  describe: { put: (item) => ({ name: item.name }) },
});
// @ts-expect-error no such method
instrument(new Shelf(), { faults, point: 'shelf', reads: ['size'] });

export { shelf, text };
