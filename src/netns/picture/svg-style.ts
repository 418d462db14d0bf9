/** Colours are given twice, for readers of SVG that know no variables. */
const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  quiet: '#59636e',
  wire: '#8c959f',
  host: ['#f6f8fa', '#8c959f'],
  router: ['#ddf4ff', '#0969da'],
  bridge: ['#fbefff', '#8250df'],
  good: '#1a7f37',
  warning: '#9a6700',
  bad: '#cf222e',
} as const;

const DARK: Palette = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  quiet: '#9198a1',
  wire: '#656c76',
  host: ['#161b22', '#656c76'],
  router: ['#0c2d4f', '#4493f8'],
  bridge: ['#2b1a4a', '#ab7df8'],
  good: '#3fb950',
  warning: '#d29922',
  bad: '#f85149',
};

type Palette = {
  readonly [Name in keyof typeof LIGHT]: (typeof LIGHT)[Name] extends string ? string : readonly [string, string];
};

/** What does not depend on light. */
const SHAPES = [
  'svg{color-scheme:light dark}',
  'text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}',
  '.title{font-weight:bold;font-size:14px}',
  '.kind{text-anchor:end;font-size:11px}',
  '.note{font-style:italic}',
  '.node rect{stroke-width:1.5}',
  '.wire{fill:none;stroke-width:2}',
  '.macvlan,.vxlan,.vlan{stroke-dasharray:1 4;stroke-linecap:round}',
  '.down{stroke-dasharray:6 5}',
  '.impaired{stroke-dasharray:12 3}',
  '.label text{text-anchor:middle}',
  ...['good', 'warning', 'bad'].map((tone) => `.node.${tone} rect,.wire.${tone}{stroke-width:3}`),
];

function colour(palette: Palette): readonly string[] {
  return [
    `.paper,.label rect{fill:${palette.paper}}`,
    `text{fill:${palette.ink}}`,
    `.kind,.label text{fill:${palette.quiet}}`,
    `.wire{stroke:${palette.wire}}`,
    ...(['host', 'router', 'bridge'] as const).map(
      (kind) => `.${kind} rect{fill:${palette[kind][0]};stroke:${palette[kind][1]}}`,
    ),
    ...(['good', 'warning', 'bad'] as const).map(
      (tone) =>
        `.node.${tone} rect,.wire.${tone}{stroke:${palette[tone]}}.${tone} .note,.label.${tone} text{fill:${palette[tone]}}`,
    ),
  ];
}

/** The style of pictures, for both. */
export const STYLE = [...SHAPES, ...colour(LIGHT), `@media (prefers-color-scheme:dark){${colour(DARK).join('')}}`].join(
  '',
);
