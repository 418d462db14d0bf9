import type { LabSpec } from './lab-spec.js';
import type { LabPlan } from './plan/lab-plan.js';

/**
 * A spec as it is, with the names in it checked and kept: a link to a name that is no node is an error of the compiler's.
 * Use it for specs that are shared; where a spec is written in the call of `createLab`, that checks it too.
 *
 * @example
 * ```ts
 * const spec = defineLab({
 *   hosts: { sender: {}, receiver: {} },
 *   bridges: { lan: {} },
 *   links: { uplink: ['sender', 'lan'], downlink: ['receiver', 'lan'] },
 * });
 * ```
 */
export function defineLab<
  Host extends string = never,
  Router extends string = never,
  Bridge extends string = never,
  Link extends string = never,
>(spec: LabSpec<Host, Router, Bridge, Link>): LabSpec<Host, Router, Bridge, Link> {
  return spec;
}

/** The names in a spec. */
export interface LabNames {
  readonly host: string;
  readonly router: string;
  readonly bridge: string;
  readonly link: string;
}

/** The names of a spec, by what they name. */
export type NamesOf<Spec> =
  Spec extends LabSpec<infer Host, infer Router, infer Bridge, infer Link>
    ? { readonly host: Host; readonly router: Router; readonly bridge: Bridge; readonly link: Link }
    : never;

/** All names of nodes in a spec: what a link can end at. */
export type LabNodes<Spec> = NamesOf<Spec>['host' | 'router' | 'bridge'];

/** What a lab is made of, for those who have it in their hands. */
export interface LabHandles {
  readonly host: unknown;
  readonly bridge: unknown;
  readonly link: unknown;
}

/**
 * A lab that exists: everything by its name in the spec, as `lab.hosts.sender` and `lab.links.uplink`. Routers are hosts
 * that pass packets on.
 */
export interface LabShape<Names extends LabNames, Handles extends LabHandles> {
  /** What it was built by. */
  readonly plan: LabPlan;
  readonly hosts: { readonly [Name in Names['host']]: Handles['host'] };
  readonly routers: { readonly [Name in Names['router']]: Handles['host'] };
  readonly bridges: { readonly [Name in Names['bridge']]: Handles['bridge'] };
  readonly links: { readonly [Name in Names['link']]: Handles['link'] };
}
