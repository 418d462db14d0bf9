import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { generateTraffic, type LabHost } from 'glovebox/netns';
import { until } from './until.ts';

/** What a multicast router is to do: pass packets of a group on from one interface to others. */
export interface DaemonRoute {
  readonly source: LabHost;
  readonly group: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** A multicast router that somebody else wrote, as a program of Debian's. */
export interface MulticastDaemon {
  readonly name: string;
  /** The program; the package of Debian's has the name of the daemon. */
  readonly program: string;
  /** Starts it, with everything that it writes in a directory of the test's. */
  start(router: LabHost, directory: string, route: DaemonRoute): Promise<ChildProcess>;
  /** Resolves when it passes packets on; those who want them have joined. */
  settle(router: LabHost, route: DaemonRoute): Promise<void>;
}

/** Static routes: a file says what goes where. Its pid file and its socket have names, which have to be ours. */
const smcroute: MulticastDaemon = {
  name: 'smcroute',
  program: 'smcrouted',
  async start(router, directory, { source, group, from, to }) {
    const file = (name: string): string => join(directory, `smcroute.${name}`);
    const lines = [
      ...[from, ...to].map((device) => `phyint ${device} enable`),
      `mgroup from ${from} group ${group}`,
      `mroute from ${from} source ${source.address} group ${group} to ${to.join(' ')}`,
    ];
    writeFileSync(file('conf'), `${lines.join('\n')}\n`);
    const args = ['-n', '-N', '-l', 'none', '-f', file('conf'), '-P', file('pid'), '-u', file('sock')];
    return router.spawn('smcrouted', args, { stdio: 'ignore' });
  },
  async settle(router, { group, from }) {
    await router.joined(group, { interface: from });
  },
};

/** Routes by membership: what hosts downstream join is joined upstream. It writes nothing. */
const igmpproxy: MulticastDaemon = {
  name: 'igmpproxy',
  program: 'igmpproxy',
  async start(router, directory, { from, to }) {
    const file = join(directory, 'igmpproxy.conf');
    const lines = [
      'quickleave',
      `phyint ${from} upstream ratelimit 0 threshold 1`,
      ...to.map((device) => `phyint ${device} downstream ratelimit 0 threshold 1`),
      'phyint lo disabled',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = router.spawn('igmpproxy', ['-n', file], { stdio: 'ignore' });
    // It hears those who join once it is in the group of reports itself (RFC 3376, 4.2.14).
    for (const device of to) await router.joined('224.0.0.22', { interface: device });
    return child;
  },
  async settle(router, { source, group, from, to }) {
    await router.joined(group, { interface: from });
    // It makes a route when the first packet comes, which is kept; many at once would not be.
    await generateTraffic(source, { to: { address: group, port: 9 }, count: 1, interface: 'eth0', ttl: 2 });
    await until(() => {
      const found = router.proc.multicastRoutes().find((each) => each.group === group);
      return found?.inputVif !== undefined && found.outputs.length === to.length
        ? true
        : { waitingFor: `a route of ${group} to ${to.join(', ')}` };
    });
  },
};

export const DAEMONS: readonly MulticastDaemon[] = [smcroute, igmpproxy];

/** Why a daemon cannot be started here; `undefined` when it can. */
export function findObstacle({ name, program }: MulticastDaemon): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  if (folders.some((folder) => existsSync(join(folder, program)))) return undefined;
  return `${program} is not installed; on Debian: apt-get install ${name}`;
}
