import type { LabPlan } from '../../../../src/netns/lab/plan/lab-plan.js';

/** The addresses of a plan, by node: `eth0 10.0.0.1/24 fd00::1/64`. */
export function addressesOf(plan: LabPlan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    plan.nodes.map(({ name, interfaces }) => [
      name,
      interfaces.map((each) =>
        [each.name, ...each.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`)].join(' '),
      ),
    ]),
  );
}

/** The routes of a plan, by node: `10.0.1.0/24 via 10.0.0.1 dev eth0`. */
export function routesOf(plan: LabPlan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    plan.nodes.map(({ name, routes }) => [
      name,
      routes.map((route) =>
        [
          route.to,
          ...(route.via === undefined ? [] : [`via ${route.via}`]),
          `dev ${route.interface}`,
          ...(route.metric === undefined ? [] : [`metric ${route.metric}`]),
        ].join(' '),
      ),
    ]),
  );
}
