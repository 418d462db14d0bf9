import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'glovebox';
import type { SpawnForTest } from 'glovebox/fixtures';
import { generateTraffic, type LabHost } from 'glovebox/netns';
import type { Process } from 'glovebox/process';

/** What a multicast router is to do: pass packets of a group on from one interface to others. */
export interface DaemonRoute {
  readonly router: LabHost;
  readonly source: LabHost;
  readonly group: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** A multicast router that somebody else wrote, as a program of Debian's. */
export interface MulticastDaemon {
  readonly name: string;
  /** The program, which is not on everybody's PATH; its package has the name of the daemon. */
  readonly program: string;
  /** Starts it and waits until it is ready; everything that it writes is in a directory of the test's. */
  start(spawn: SpawnForTest, route: DaemonRoute, directory: string): Promise<Process>;
  /** Resolves when it passes packets on; those who want them have joined. */
  settle(route: DaemonRoute): Promise<void>;
}

/** They change the network of the host, which isolation under `glovebox run` would not let them. */
const RIGHTS = { isolation: 'none' } as const;

/** Static routes: a file says what goes where. Its pid file and its socket have names, which have to be ours. */
const smcroute: MulticastDaemon = {
  name: 'smcroute',
  program: '/usr/sbin/smcrouted',
  start(spawn, { router, source, group, from, to }, directory) {
    const file = (name: string): string => join(directory, `smcroute.${name}`);
    const lines = [
      ...[from, ...to].map((device) => `phyint ${device} enable`),
      `mgroup from ${from} group ${group}`,
      `mroute from ${from} source ${source.address} group ${group} to ${to.join(' ')}`,
    ];
    writeFileSync(file('conf'), `${lines.join('\n')}\n`);
    const args = ['-n', '-N', '-f', file('conf'), '-P', file('pid'), '-u', file('sock')];
    // It writes its pid when all routes are in the kernel.
    return spawn(this.program, args, { ...RIGHTS, in: router, ready: { file: file('pid') } });
  },
  async settle({ router, group, from }) {
    await router.joined(group, { interface: from });
  },
};

/** Routes by membership: what hosts downstream join is joined upstream. It writes nothing. */
const igmpproxy: MulticastDaemon = {
  name: 'igmpproxy',
  program: '/usr/sbin/igmpproxy',
  start(spawn, { router, from, to }, directory) {
    const file = join(directory, 'igmpproxy.conf');
    const lines = [
      'quickleave',
      `phyint ${from} upstream ratelimit 0 threshold 1`,
      ...to.map((device) => `phyint ${device} downstream ratelimit 0 threshold 1`),
      'phyint lo disabled',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    // It hears those who join once it is in the group of reports itself (RFC 3376, 4.2.14).
    const hears = () => Promise.all(to.map((device) => router.joined('224.0.0.22', { interface: device })));
    return spawn(this.program, ['-n', file], { ...RIGHTS, in: router, ready: hears });
  },
  async settle({ router, source, group, from, to }) {
    await router.joined(group, { interface: from });
    // It makes a route when the first packet comes, which is kept; many at once would not be.
    await generateTraffic(source, { to: { address: group, port: 9 }, count: 1, interface: 'eth0', ttl: 2 });
    const hasRoute = (): boolean => {
      const found = router.proc.multicastRoutes().find((each) => each.group === group);
      return found?.inputVif !== undefined && found.outputs.length === to.length;
    };
    await until(hasRoute, { description: `a route of ${group} to ${to.join(', ')}`, intervalMs: 5 });
  },
};

export const DAEMONS: readonly MulticastDaemon[] = [smcroute, igmpproxy];

/** Why a daemon cannot be started here; `undefined` when it can. */
export function findObstacle({ name, program }: MulticastDaemon): string | undefined {
  return existsSync(program) ? undefined : `${program} is not installed; on Debian: apt-get install ${name}`;
}
