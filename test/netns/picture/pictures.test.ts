import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabSpec } from '../../../src/netns/lab/lab-spec.js';
import { planLab } from '../../../src/netns/lab/plan/plan-lab.js';
import { chain, fanOut, mesh, pair, star } from '../../../src/netns/lab/templates.js';
import { toMermaid } from '../../../src/netns/picture/mermaid.js';
import { layOut } from '../../../src/netns/picture/picture-layout.js';
import { toSvg } from '../../../src/netns/picture/svg.js';

const relay: LabSpec = {
  hosts: { sender: {}, receiver: { loopback: [{ address: '127.0.0.2/32', label: 'lo:vip' }] } },
  routers: { relay: {} },
  bridges: { lan: { stp: true } },
  links: { input: ['sender', 'lan'], middle: ['lan', 'relay'], output: { ends: ['relay', 'receiver'], up: false } },
};

const hostile = `<script>"&'#;]]></svg>\n%%{init}%% | end \u0000`;

/** The texts of an SVG, once its tags are seen to be in pairs and its entities to be numbers. */
function readSvg(svg: string): readonly string[] {
  const open: string[] = [];
  const texts: string[] = [];
  for (const [, close, name, attributes, empty, text] of svg.matchAll(
    /<(\/?)([a-z]+)((?: [\w:]+="[^"<]*")*)(\/?)>([^<]*)/g,
  )) {
    expect(attributes).not.toContain('&');
    if (close === '/') expect(open.pop()).toBe(name);
    else if (empty !== '/') open.push(name ?? '');
    if (close !== '/' && name === 'text') texts.push(text ?? '');
    expect(text?.replaceAll(/&#\d+;/g, '')).not.toMatch(/[&]/);
  }
  expect(open).toEqual([]);
  expect(svg.replaceAll(/<\/?[a-z]+(?: [\w:]+="[^"<]*")*\/?>/g, '')).not.toContain('<');
  return texts.map((text) => text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
}

describe('toMermaid', () => {
  it('draws nodes with their addresses, and links with their state', () => {
    const state = {
      links: { middle: { state: 'impaired', note: '20 ms' }, output: { tone: 'good' } },
      nodes: { receiver: { note: 'no membership', tone: 'bad' } },
    } as const;
    expect(toMermaid(planLab(relay), state)).toBe(`flowchart LR
  n0["<b>sender</b><br/>eth0 10.0.0.2/24"]
  n1["<b>receiver</b><br/>lo:vip 127.0.0.2/32<br/>eth0 10.0.1.2/24<br/><i>no membership</i>"]
  style n1 stroke:#cf222e,stroke-width:3px
  n2{{"<b>relay</b><br/>eth0 10.0.0.1/24<br/>eth1 10.0.1.1/24"}}
  n3(["<b>lan</b><br/>10.0.0.0/24<br/>STP"])
  n0 ---|"input"| n3
  n3 ===|"middle (impaired)<br/>20 ms"| n2
  linkStyle 1 stroke:#bf8700,stroke-width:3px
  n2 -.-|"output (down)"| n1
  linkStyle 2 stroke:#1a7f37,stroke-width:3px
`);
  });

  it('writes a long note on a line for each direction, and on more where that is long', () => {
    const way = 'delayMs 20, jitterMs 5, lossPercent 10, duplicatePercent 1, rateBitsPerSecond 1000000';
    const state = { links: { wire: { state: 'impaired', note: `a → b: ${way}; b → a: lossPercent 1` } } } as const;
    expect(readSvg(toSvg(planLab(pair()), state))).toEqual(
      expect.arrayContaining([
        'a → b: delayMs 20, jitterMs 5,',
        'lossPercent 10, duplicatePercent 1,',
        'rateBitsPerSecond 1000000;',
        'b → a: lossPercent 1',
      ]),
    );
    const [, width = ''] = /width="(\d+)"/.exec(toSvg(planLab(pair()), state)) ?? [];
    expect(Number(width)).toBeLessThan(900);
  });

  it('leaves no sign in a note that Mermaid could take for its own', () => {
    const text = toMermaid(planLab(pair()), { links: { wire: { note: hostile } } });
    const label = /\|"(.*)"\|/.exec(text)?.[1]?.replace('wire<br/>', '');
    expect(label).toMatch(/^(?:[\w .,:/()%+@-]|#\d+;)*$/);
    expect(text.split('\n')).toHaveLength(5);
  });
});

describe('toSvg', () => {
  it('says what the plan says, for light and for dark', () => {
    const svg = toSvg(planLab(relay), { nodes: { relay: { note: 'rp_filter', tone: 'bad' } } });
    expect(readSvg(svg)).toEqual([
      ...['sender', 'host', 'eth0 10.0.0.2/24'],
      ...['receiver', 'host', 'lo:vip 127.0.0.2/32', 'eth0 10.0.1.2/24'],
      ...['relay', 'router', 'eth0 10.0.0.1/24', 'eth1 10.0.1.1/24', 'rp_filter'],
      ...['lan', 'switch', '10.0.0.0/24', 'STP'],
      ...['input', 'middle', 'output (down)'],
    ]);
    expect(svg).toContain('<title>A lab of 2 hosts, 1 router, 1 switch</title>');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    expect(svg).toContain('<g class="node router bad">');
    expect(svg).toContain('<path class="wire down bad"');
    expect(svg).toContain('<path class="wire up"');
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('is the same for the same plan', () => {
    expect(toSvg(planLab(relay))).toBe(toSvg(planLab(relay)));
  });

  it('escapes what it is told', () => {
    const plan = planLab({ hosts: { a: {}, b: {} }, links: { wire: [{ node: 'a', interface: `<&"'>` }, 'b'] } });
    const texts = readSvg(toSvg(plan, { links: { wire: { note: hostile } } }));
    expect(texts).toContain(`<&"'> 10.0.0.1/24`);
    expect(texts).toContain(hostile.replace('\u0000', '\ufffd'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (note) => {
        readSvg(toSvg(plan, { links: { wire: { note } }, nodes: { a: { note } } }));
      }),
      { numRuns: 50 },
    );
  });

  it('draws a lab of nothing, and one without links', () => {
    expect(toSvg(planLab({}))).toContain('<title>An empty lab</title>');
    expect(readSvg(toSvg(planLab({ hosts: { a: {} } })))).toEqual(['a', 'host']);
  });
});

describe('places', () => {
  const size = { width: 120, height: 60 };
  const place = (spec: LabSpec) => {
    const plan = planLab(spec);
    return layOut(
      plan,
      () => size,
      () => ({ width: 50, height: 20 }),
    );
  };

  it.each([
    ['chain', chain(4)],
    ['star', star(30)],
    ['mesh', mesh(6)],
    ['fanOut', fanOut(5)],
    ['relay', relay],
  ] as const)('no two boxes of %s are in one place, and none is outside the picture', (_name, spec) => {
    const { nodes, width, height } = place(spec);
    const boxes = [...nodes.values()];
    for (const [index, a] of boxes.entries()) {
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width / 2).toBeLessThanOrEqual(width);
      expect(a.y - a.height / 2).toBeGreaterThanOrEqual(0);
      expect(a.y + a.height / 2).toBeLessThanOrEqual(height);
      for (const b of boxes.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= size.width || Math.abs(a.y - b.y) >= size.height).toBe(true);
    }
  });

  it('follow the spec: hosts of a switch on both its sides, from top to bottom', () => {
    const { nodes } = place(star(6));
    const at = (name: string) => nodes.get(name) ?? { x: 0, y: 0 };
    for (const [left, right] of [
      ['host1', 'host4'],
      ['host2', 'host5'],
      ['host3', 'host6'],
    ] as const) {
      expect(at(left).x).toBeLessThan(at('lan').x);
      expect(at(right).x).toBeGreaterThan(at('lan').x);
    }
    expect(at('host1').y).toBeLessThan(at('host2').y);
    expect(at('host5').y).toBeLessThan(at('host6').y);
  });
});

it.each([toMermaid, toSvg])('%o refuses a state of what the lab does not have', (draw) => {
  const state = { links: { inptu: {}, input: { state: 'broken', tone: 'red' } }, nodes: { realy: {} } };
  const subject = draw.name;
  expect(() => Reflect.apply(draw, undefined, [planLab(relay), state])).toThrow(
    [
      `${subject}: 4 mistakes:`,
      '  - links.inptu: the lab has no link of this name. Did you mean "input"?',
      '  - nodes.realy: the lab has no node of this name. Did you mean "relay"?',
      '  - links.input.state "broken" is unknown; there are up, down, impaired',
      '  - links.input.tone "red" is unknown; there are good, warning, bad',
    ].join('\n'),
  );
});
