// Checked by tsc alone (`npm run typecheck`): each line that must not compile says so.

import { expect, test, withLab } from '../../src/fixtures/index.js';
import type { Lab } from '../../src/netns/lab/create-lab.js';
import { pair, star } from '../../src/netns/lab/templates.js';
import type { LedgerReport } from '../../src/netns/ledger/ledger-report.js';

const own = withLab({
  hosts: { client: {}, server: {} },
  routers: { gateway: {} },
  links: { inside: ['client', 'gateway'], outside: ['gateway', 'server'] },
});
// @ts-expect-error a link to a node that is not there
withLab({ hosts: { a: {}, b: {} }, links: { cable: ['a', 'c'] } });
// @ts-expect-error a scope that is not there
withLab(pair(), { scope: 'worker' });
withLab(pair(), { scope: 'file', ready: false, capture: 'on-failure' });

own('a lab has the names of its spec', async ({ lab, faults, seed, netns }) => {
  lab.hosts.client.name satisfies string;
  lab.routers.gateway.forwarded() satisfies number;
  lab.links.inside.forwarded() satisfies number;
  // @ts-expect-error a host that is not there
  lab.hosts.sender;
  lab satisfies Lab;
  seed satisfies number;
  faults.inject('wire.frame', { where: { from: 'client', protocol: 'tcp' }, before: 'EIO' });
  // @ts-expect-error a field that frames do not have
  faults.inject('wire.frame', { where: { host: 'client' }, before: 'EIO' });

  await expect(lab.hosts.client).toHaveAddress('10.0.0.1', { label: 'eth0', interface: 'eth0', timeoutMs: 0 });
  await expect(netns).toHaveRoute({ to: 'default', via: '10.0.0.1', interface: 'eth0', metric: 1 }, { timeoutMs: 0 });
  await expect(lab.hosts.client).toHaveJoined('239.1.1.1', { interface: 'eth0' });
  await expect(lab.hosts.client).toReach(lab.hosts.server, { protocol: 'udp', port: 5000 });
  await expect(lab.hosts.client).not.toReach('10.0.0.1');
  await expect(lab.routers.gateway).toHaveForwarded({ atLeast: 1 }, { since: 0 });
  await expect(() => {}).toLeakNothing({ settleMs: 10 });
  expect({ matched: 1, sent: 1 }).toConserve({ lost: 1 });
  expect({} as LedgerReport).toConserve();

  // @ts-expect-error a protocol that is not there
  await expect(lab.hosts.client).toReach(lab.hosts.server, { protocol: 'sctp' });
  // @ts-expect-error a route without a destination
  await expect(netns).toHaveRoute({ via: '10.0.0.1' });
  // @ts-expect-error an option that is not there
  await expect(netns).toHaveAddress('10.0.0.1', { device: 'eth0' });
  // @ts-expect-error a count that is a text
  await expect(lab.routers.gateway).toHaveForwarded('10');
});

own.for([1, 2])('rows, too', (row, { lab }) => {
  row satisfies number;
  lab.hosts.server.name satisfies string;
});

const extended = own.extend('client', ({ lab }) => lab.hosts.client);
extended('can be extended', ({ client }) => {
  client.name satisfies string;
});

test.extend('lab', ({ createLab }) => createLab(star(2)))('is what createLab makes', ({ lab }) => {
  lab.hosts.host2.name satisfies string;
  // @ts-expect-error a third host of two
  lab.hosts.host3;
});
