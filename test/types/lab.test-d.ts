// Checked by tsc alone (`npm run typecheck`): each line that must not compile says so.

import {
  defineLab,
  type LabHandles,
  type LabNames,
  type LabNodes,
  type LabShape,
  type NamesOf,
} from '../../src/netns/lab/define-lab.js';
import type { LabSpec } from '../../src/netns/lab/lab-spec.js';
import { planLab } from '../../src/netns/lab/plan/plan-lab.js';
import { chain, fanOut, mesh, pair, star } from '../../src/netns/lab/templates.js';

interface Handles extends LabHandles {
  readonly host: { readonly name: string };
  readonly bridge: { readonly ports: number };
  readonly link: { readonly up: boolean };
}

/** As the function that builds labs is declared. */
declare function createLab<
  Host extends string = never,
  Router extends string = never,
  Bridge extends string = never,
  Link extends string = never,
>(
  spec: LabSpec<Host, Router, Bridge, Link>,
): LabShape<{ host: Host; router: Router; bridge: Bridge; link: Link }, Handles>;

declare function same<A>(): <B>(value: [A] extends [B] ? ([B] extends [A] ? true : false) : false) => B;

const lab = createLab({
  hosts: {
    sender: {},
    receiver: { forwarding: false, loopback: ['10.9.0.1/32', { address: '10.9.0.2/32', label: 'lo:faas' }] },
  },
  routers: { gateway: { routes: [{ to: 'default', via: '10.0.0.9' }] } },
  bridges: { lan: { multicastQuerier: true } },
  links: {
    uplink: ['sender', 'lan'],
    out: { ends: ['lan', { node: 'gateway', interface: 'in0' }], mtu: 9000 },
    far: ['gateway', 'receiver'],
  },
  families: ['ipv4', 'ipv6'],
});
lab.hosts.sender.name satisfies string;
lab.hosts.receiver.name satisfies string;
lab.routers.gateway.name satisfies string;
lab.bridges.lan.ports satisfies number;
lab.links.uplink.up satisfies boolean;
lab.links.far.up satisfies boolean;
// @ts-expect-error a host that is not there
lab.hosts.sendr;
// @ts-expect-error a router is not among the hosts
lab.hosts.gateway;
// @ts-expect-error a link that is not there
lab.links.downlink;

// @ts-expect-error a link to a node that is not there
createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'c'] } });
// @ts-expect-error the same, in the long form
createLab({ hosts: { a: {}, b: {} }, links: { wire: { ends: ['a', { node: 'c' }] } } });
// @ts-expect-error the same, where there are no nodes at all
createLab({ links: { wire: ['a', 'c'] } });
// @ts-expect-error a link with one end
createLab({ hosts: { a: {} }, links: { wire: ['a'] } });
// @ts-expect-error a link with three ends
createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b', 'a'] } });
// @ts-expect-error a field that hosts do not have
createLab({ hosts: { a: { forwardng: true } } });
// @ts-expect-error a field that bridges do not have
createLab({ bridges: { lan: { forwarding: true } } });
// @ts-expect-error a field that labs do not have
createLab({ host: { a: {} } });
// @ts-expect-error a family that is not there
createLab({ hosts: { a: {} }, families: ['ipv5'] });
// @ts-expect-error an MTU that is no number
createLab({ hosts: { a: {}, b: {} }, links: { wire: { ends: ['a', 'b'], mtu: '1500' } } });
// @ts-expect-error the same of a definition
defineLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'c'] } });

createLab({
  hosts: { a: { netns: '/run/netns/blue' }, b: { netns: 42 }, c: {} },
  routers: { r: { multicastRoutes: [{ group: '239.1.1.1', from: 'trunk', to: ['out'] }] } },
  bridges: { lan: {} },
  links: {
    trunk: ['a', 'r'],
    out: ['r', 'c'],
    blue: { ends: ['a', 'r'], vlan: { id: 7, over: 'trunk' } },
    far: { ends: ['a', 'c'], vlan: { id: 7, over: ['trunk', 'out'] }, mtu: 1400, subnets: ['10.7.0.0/24'] },
    guest: { ends: [{ node: 'c', interface: 'mv0' }, 'a'], macvlan: { over: 'trunk', mode: 'vepa' } },
    tunnel: { ends: ['lan', 'c'], vxlan: { vni: 7, under: ['a', 'c'] }, up: false },
  },
}).links.guest.up satisfies boolean;
// @ts-expect-error a VLAN over a link that is not there
createLab({ hosts: { a: {}, b: {} }, links: { t: ['a', 'b'], v: { ends: ['a', 'b'], vlan: { id: 7, over: 'tt' } } } });
// @ts-expect-error a macvlan over a link that is not there
createLab({ hosts: { a: {}, b: {} }, links: { t: ['a', 'b'], m: { ends: ['a', 'b'], macvlan: { over: 'tt' } } } });
// @ts-expect-error a vxlan under which there is a node that is not there
createLab({ hosts: { a: {}, b: {} }, links: { x: { ends: ['a', 'b'], vxlan: { vni: 1, under: ['a', 'c'] } } } });
// @ts-expect-error a way of multicast by a link that is not there
createLab({ routers: { r: { multicastRoutes: [{ group: '239.1.1.1', from: 'x', to: ['y'] }] } }, links: {} });
// @ts-expect-error multicast routes are of routers
createLab({ hosts: { a: { multicastRoutes: [] } } });
// @ts-expect-error a bridge is never adopted
createLab({ bridges: { lan: { netns: 42 } } });
createLab({
  hosts: { a: {}, b: {} },
  links: {
    t: ['a', 'b'],
    // @ts-expect-error a link of two kinds
    v: { ends: ['a', 'b'], vxlan: { vni: 1 }, vlan: { id: 7, over: 't' } },
    // @ts-expect-error a vxlan is no wire
    x: { ends: ['a', 'b'], vxlan: { vni: 1 }, wire: true },
    // @ts-expect-error a macvlan has no networks of its own
    m: { ends: ['a', 'b'], macvlan: { over: 't' }, subnets: [] },
    // @ts-expect-error a mode that is not there
    n: { ends: ['a', 'b'], macvlan: { over: 't', mode: 'x' } },
  },
});

const shared = defineLab({
  hosts: { a: {} },
  routers: { r: {} },
  bridges: { lan: {} },
  links: { x: ['a', 'lan'], y: ['r', 'lan'] },
});
same<'a' | 'r' | 'lan'>()<LabNodes<typeof shared>>(true);
same<'x' | 'y'>()<NamesOf<typeof shared>['link']>(true);
createLab(shared).links.x.up satisfies boolean;
planLab(shared);

const constant = { hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } } as const;
createLab(constant).links.wire.up satisfies boolean;

createLab(pair()).hosts.left.name satisfies string;
createLab(pair({ host: { forwarding: true } })).links.wire.up satisfies boolean;
createLab(star(3)).hosts.host3.name satisfies string;
createLab(star(3)).bridges.lan.ports satisfies number;
// @ts-expect-error a fourth host of three
createLab(star(3)).hosts.host4;
same<'router1' | 'router2'>()<NamesOf<ReturnType<typeof chain<2>>>['router']>(true);
same<'link1' | 'link2' | 'link3'>()<NamesOf<ReturnType<typeof chain<2>>>['link']>(true);
createLab(chain(0)).links.link1.up satisfies boolean;
same<'link1_2' | 'link1_3' | 'link2_3'>()<NamesOf<ReturnType<typeof mesh<3>>>['link']>(true);
createLab(mesh(4)).links.link3_4.up satisfies boolean;
createLab(fanOut(2)).links.output2.up satisfies boolean;
createLab(fanOut(2)).routers.relay.name satisfies string;
createLab(star(100)).hosts.host100.name satisfies string;
same<`link${number}_${number}`>()<NamesOf<ReturnType<typeof mesh<1000>>>['link']>(true);

declare const count: number;
createLab(star(count)).hosts['host7']?.name satisfies string | undefined;
createLab(star(count)).hosts[`host${count}`]?.name satisfies string | undefined;
// @ts-expect-error no host of a star is called so
createLab(star(count)).hosts['guest7'];

// @ts-expect-error a template takes a number
star('3');

/** A function that takes any lab knows that names are strings, and no more. */
declare function inspect(spec: LabSpec): void;
inspect(shared);
inspect(star(3));
inspect(star(count));

type AnyLab = LabShape<LabNames, Handles>;
declare const anyLab: AnyLab;
anyLab.hosts['x']?.name satisfies string | undefined;
lab satisfies AnyLab;
