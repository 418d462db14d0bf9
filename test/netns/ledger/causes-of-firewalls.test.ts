import { describe, expect, onTestFinished, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { drop } from '../../../src/netns/netfilter/expressions.js';
import { matchFilter } from '../../../src/netns/netfilter/match-filter.js';
import { OwnTable } from '../../../src/netns/netfilter/nft-table.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { listenAndIgnore, PORT, send, tell } from './break-lab.js';

needsNamespaces();

async function createRouted() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {} },
      bridges: { lan: {} },
      routers: { router: {} },
      links: { a: ['source', 'lan'], b: ['lan', 'router'], c: ['router', 'sink'] },
    }),
  );
}

const FLOW = { from: 'source', to: 'sink', port: PORT } as const;
const RULE = { protocol: 'udp', port: PORT } as const;
const COMMENT = `glovebox: drop protocol udp, port ${PORT}`;

describe('a ledger names the rule of a firewall', () => {
  test('at the receiver', async () => {
    const lab = await createRouted();
    const { source, sink } = lab.hosts;
    listenAndIgnore(sink);
    const ledger = lab.ledger(FLOW);
    sink.firewall.drop(RULE);
    await send(source, sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'firewall',
      at: 'sink',
      packets: 100,
      message: `a firewall rule on sink drops packets ("${COMMENT}")`,
      fix: 'remove the rule, or lab.heal()',
    });
    expect(report.verdict.evidence).toHaveLength(1);
    expect(report.verdict.evidence[0]).toMatch(
      /^the rule with handle \d+ of inet glovebox in \(drop\) on sink: \+100 packets/,
    );
  });

  test('at a router', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    lab.routers.router.firewall.reject(RULE, { direction: 'forward' });
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect(tell(await ledger.report())).toMatchObject({ cause: 'firewall', at: 'router:eth1', packets: 100 });
  });

  test('at the sender', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    const rule = lab.hosts.source.firewall.drop(RULE, { direction: 'out' });
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toMatchObject({ cause: 'firewall', at: 'source:eth0' });
    expect(report.verdict.evidence[0]).toContain(`+${rule.packets} packets`);
  });

  test.each(['a', 'b', 'c'] as const)('on link %s', async (name) => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    lab.links[name].drop(RULE);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const { a, b, c } = { a: 'lan:port1', b: 'router:eth0', c: 'sink:eth0' };
    expect(tell(await ledger.report())).toMatchObject({ cause: 'firewall', at: { a, b, c }[name], packets: 100 });
  });

  test('and one that counts nothing leaves it unknown', async () => {
    const lab = await createRouted();
    const { source, sink } = lab.hosts;
    listenAndIgnore(sink);
    const ledger = lab.ledger(FLOW);
    const table = new OwnTable(sink.netns, { family: 'inet', table: 'silent' });
    onTestFinished(() => table.heal());
    const rules = matchFilter(RULE, 'packets').map((match) => [...match, drop()]);
    table.add({ chain: 'in', hook: 'input', priority: 0 }, rules, 'silent');
    await send(source, sink.address);
    const report = await ledger.report();
    expect(report.verdict).toMatchObject({
      cause: 'unknown',
      at: 'sink',
      packets: 100,
      message: 'none of the counters that glovebox knows tells why; these moved',
      fix: undefined,
    });
    expect(report.verdict.evidence).toContain('Ip.InReceives +100 on sink');
    // Without a wait, nobody knows whether it was over.
    expect((await ledger.report({ settleMs: 0 })).verdict).toMatchObject({ cause: 'on-the-way', at: 'sink' });
  });
});
