import type { InjectionPoint } from '../../faults/injection-point.js';
import type { FaultPlan } from '../../faults/plan.js';
import { KERNEL_POINTS, type KernelFaultPoints } from '../points.js';

/** The points of a kernel on a plan, which its calls go through. */
export type KernelPoints = { readonly [P in keyof KernelFaultPoints]: InjectionPoint<KernelFaultPoints[P]> };

/** Declares the points of a kernel on a plan, and takes them. */
export function takePoints(faults: FaultPlan): KernelPoints {
  faults.declare(KERNEL_POINTS);
  const at = <P extends keyof KernelFaultPoints>(name: P): InjectionPoint<KernelFaultPoints[P]> =>
    faults.point(name, KERNEL_POINTS[name]);
  return {
    'kernel.load': at('kernel.load'),
    'kernel.unload': at('kernel.unload'),
    'kernel.createMap': at('kernel.createMap'),
    'kernel.mapUpdate': at('kernel.mapUpdate'),
    'kernel.mapDelete': at('kernel.mapDelete'),
    'kernel.mapLookup': at('kernel.mapLookup'),
    'kernel.attach': at('kernel.attach'),
    'kernel.detach': at('kernel.detach'),
    'kernel.forceDetach': at('kernel.forceDetach'),
    'kernel.updateLink': at('kernel.updateLink'),
    'kernel.pin': at('kernel.pin'),
    'kernel.unpin': at('kernel.unpin'),
    'kernel.open': at('kernel.open'),
    'kernel.mkdir': at('kernel.mkdir'),
    'kernel.rmdir': at('kernel.rmdir'),
    'kernel.rename': at('kernel.rename'),
    'kernel.createClsact': at('kernel.createClsact'),
    'kernel.deleteClsact': at('kernel.deleteClsact'),
    'kernel.get': at('kernel.get'),
    'kernel.list': at('kernel.list'),
  };
}
