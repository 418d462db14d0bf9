import { expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { planLab } from '../../../src/netns/lab/plan/plan-lab.js';
import type { LedgerData, LedgerHop } from '../../../src/netns/ledger/ledger-report.js';
import { toLedgerPicture } from '../../../src/netns/picture/ledger-picture.js';
import { toMermaid } from '../../../src/netns/picture/mermaid.js';
import { toSvg } from '../../../src/netns/picture/svg.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const hop = (name: string, link: string | undefined, packets: number, lost: number): LedgerHop => ({
  name,
  point: 'in',
  node: undefined,
  interface: name.split(':')[1],
  link,
  packets,
  lost,
  parent: undefined,
  leg: 0,
  isExact: true,
});
const finding = {
  cause: 'no-route',
  at: 'relay:eth0',
  hop: 1,
  packets: 1000,
  message: 'relay has no route to 10.0.9.9',
  evidence: [],
  fix: undefined,
} as const;
const lost: LedgerData = {
  title: 'udp source → sink',
  hops: [
    hop('source:eth0', 'input', 1000, 0),
    hop('relay:eth0', 'input', 990, 10),
    hop('sink1:eth0', 'output1', 0, 990),
  ],
  branches: [],
  findings: [finding],
  verdict: { ...finding, sent: 1000, arrived: 0 },
};

test('a picture is of the lab as it is: links that are down and impaired', async () => {
  const lab = keep(
    await createLab({
      hosts: { a: {}, b: {} },
      links: { cable: ['a', 'b'], slow: { ends: ['a', 'b'], wire: true } },
    }),
  );
  expect(lab.toMermaid()).toContain('n0 ---|"cable"| n1');
  lab.links.cable.down();
  using _slow = lab.links.slow.impair({ both: { delayMs: 20 } });
  const text = lab.toMermaid({ notes: { nodes: { a: { note: 'mind this', tone: 'warning' } } } });
  expect(text).toContain('n0 -.-|"cable (down)"| n1');
  expect(text).toMatch(/n0 ===\|"slow \(impaired\)<br\/>.*20.*"\| n1/);
  expect(text).toContain('<i>mind this</i>');
  const svg = lab.toSvg();
  expect(svg).toContain('<path class="wire down bad"');
  expect(svg).toContain('<path class="wire impaired warning"');
  expect(lab.toContainerlab({ name: 'mine' })).toMatch(/^name: mine\n/);
  expect(() => lab.toSvg({ note: 'x' } as never)).toThrow('Lab.toSvg: "note" is no option. Did you mean "notes"?');
});

test('a ledger colours links by what was lost, and its verdict is written below', () => {
  const plan = planLab({
    hosts: { source: {}, sink1: {} },
    routers: { relay: {} },
    links: { input: ['source', 'relay'], output1: ['relay', 'sink1'] },
  });
  const state = toLedgerPicture(plan, lost);
  expect(state).toEqual({
    links: {
      input: { note: '1,000 → 990 packets', tone: 'warning' },
      output1: { note: '0 packets', tone: 'bad' },
    },
    nodes: { relay: { note: 'no-route: 1,000', tone: 'bad' } },
    caption: { text: ['udp source → sink', 'relay has no route to 10.0.9.9'], tone: 'bad' },
  });
  expect(toMermaid(plan, state)).toMatch(
    /^---\ntitle: "udp source → sink – relay has no route to 10.0.9.9"\n---\nflowchart LR\n/,
  );
  const svg = toSvg(plan, state);
  expect(svg).toContain('<g class="caption bad">');
  expect(svg).toContain('>relay has no route to 10.0.9.9</text>');
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const bare = /viewBox="0 0 (\d+) (\d+)"/.exec(toSvg(plan, { ...state, caption: { text: [] } }));
  expect(Number(height)).toBe(Number(bare?.[2]) + 44);
  expect(Number(width)).toBeGreaterThan(0);
});

test('a lab’s own ledger can be drawn', async () => {
  const lab = keep(await createLab({ hosts: { a: {}, b: {} }, links: { cable: ['a', 'b'] } }));
  const ledger = lab.ledger({ from: 'a', to: 'b', protocol: 'udp', port: 5000 } as never);
  const report = await (await ledger).report();
  expect(lab.toSvg({ ledger: report })).toContain('<g class="caption');
});

test('links are drawn with what they are', () => {
  const plan = planLab({
    hosts: { a: {}, b: {}, c: {}, app: { netns: '/run/netns/blue' } },
    links: {
      trunk: ['a', 'b'],
      blue: { ends: ['a', 'b'], vlan: { id: 100, over: 'trunk' } },
      tunnel: { ends: ['a', 'b'], vxlan: { vni: 42 } },
      guest: { ends: ['c', 'a'], macvlan: { over: 'trunk', mode: 'private' } },
      app: ['app', 'c'],
    },
  });
  const text = toMermaid(plan);
  expect(text).toContain('|"blue<br/>VLAN 100 on trunk"|');
  expect(text).toContain('|"tunnel<br/>vxlan 42, 10.0.0.1 to 10.0.0.2"|');
  expect(text).toContain('|"guest<br/>macvlan on trunk, private"|');
  expect(text).toContain('<b>app</b><br/>in /run/netns/blue<br/>');
  const svg = toSvg(plan);
  for (const kind of ['vlan', 'vxlan', 'macvlan']) expect(svg).toContain(`<path class="wire ${kind} up"`);
});
