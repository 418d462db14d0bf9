/** The look of the page. Colours have names; a dark screen gives them other values, and paper never does. */
export const STYLE = `
:root {
  color-scheme: light;
  --page: #f6f7f8; --card: #ffffff; --text: #1b2026; --soft: #57606b; --edge: #dfe3e8; --grid: #e9ecef; --link: #1a5fa8;
  --good: #1a6e3c; --good-back: #e4f3e9; --bad: #b3261e; --bad-back: #fbe9e7; --warn: #85540a; --warn-back: #fcf1dc;
  --mute-back: #eceff2; --shade: rgba(214, 134, 10, 0.17); --moment: rgba(179, 38, 30, 0.55); --bar: #3b7fc4;
  --line-1: #1f6fb4; --line-2: #c2571a; --line-3: #7d858f; --line-4: #2a7f4f; --line-5: #8e4fa8; --line-6: #a8323a;
  --line-7: #0b7f89; --line-8: #7a6a1f;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not(.print) {
    color-scheme: dark;
    --page: #111418; --card: #191d22; --text: #e7eaee; --soft: #a3adb8; --edge: #2e353d; --grid: #262c33; --link: #7db8f2;
    --good: #7fd6a0; --good-back: #16301f; --bad: #ff9d94; --bad-back: #3a1b19; --warn: #f0c36a; --warn-back: #33270f;
    --mute-back: #242a31; --shade: rgba(240, 180, 60, 0.18); --moment: rgba(255, 130, 120, 0.6); --bar: #5c9fe0;
    --line-1: #6fb3f2; --line-2: #f2a063; --line-3: #939daa; --line-4: #7bd0a0; --line-5: #cf9be6; --line-6: #f28b8f;
    --line-7: #63cdd6; --line-8: #d6c36a;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
a { color: var(--link); text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
main, header, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; }
footer { padding-top: 1rem; padding-bottom: 2.5rem; color: var(--soft); font-size: .85rem; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 1.75rem 0 .6rem; }
p { margin: .35rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
.small { font-size: .87rem; }
.number, td.number, th.number { font-variant-numeric: tabular-nums; }
pre, code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .85em; }
pre { background: var(--mute-back); border-radius: 6px; padding: .7rem .85rem; margin: .5rem 0; overflow-x: auto; white-space: pre-wrap; }

.banner { margin: 1.25rem 0; padding: 1rem 1.25rem; border-radius: 10px; border-left: 6px solid; background: var(--card); }
.banner strong { display: block; font-size: 1.45rem; line-height: 1.2; letter-spacing: -.01em; }
.banner p { max-width: none; }
.banner ul { margin: .5rem 0 0; padding-left: 1.1rem; }
.banner.passed { border-color: var(--good); background: var(--good-back); }
.banner.failed, .banner.unexpectedly-passed { border-color: var(--bad); background: var(--bad-back); }
.banner.expected-failure { border-color: var(--warn); background: var(--warn-back); }
.passed strong, .is-good { color: var(--good); }
.failed strong, .unexpectedly-passed strong, .is-bad { color: var(--bad); }
.expected-failure strong, .is-warn { color: var(--warn); }

.status { display: inline-block; padding: .06rem .55rem; border-radius: 99px; font-size: .8rem; font-weight: 600; line-height: 1.5; white-space: nowrap; background: var(--mute-back); color: var(--soft); }
.status.passed { color: var(--good); background: var(--good-back); }
.status.failed, .status.unexpectedly-passed { color: var(--bad); background: var(--bad-back); }
.status.expected-failure { color: var(--warn); background: var(--warn-back); }

.card { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 1.25rem; margin: 1.25rem 0; }
.card > :last-child { margin-bottom: 0; }
.card > h2 + * { margin-top: .6rem; }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem; }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; margin: .4rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: .87rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0 0; }
.tiles > div { border: 1px solid var(--edge); border-radius: 8px; padding: .6rem .8rem; }
.tiles dt { color: var(--soft); font-size: .82rem; line-height: 1.35; }
.tiles dd { margin: 0; font-variant-numeric: tabular-nums; }
.tiles .value { display: block; font-size: 1.4rem; font-weight: 600; line-height: 1.3; letter-spacing: -.01em; }
.tiles .note { color: var(--soft); font-size: .78rem; line-height: 1.35; display: block; }

.verdicts { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--edge); }
.verdicts > li { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: .1rem .75rem; padding: .55rem 0; border-bottom: 1px solid var(--edge); }
.verdicts .name { font-weight: 600; }
.verdicts .answer { font-variant-numeric: tabular-nums; color: var(--soft); font-size: .92rem; }
.verdicts .answer b { color: var(--text); font-weight: 600; }
.verdicts ul { margin: .3rem 0 0; padding-left: 1.1rem; font-size: .9rem; }
.problems { margin: 0; white-space: pre-line; padding: .7rem 1rem .7rem 2rem; border-radius: 8px; background: var(--bad-back); }
.problems li::marker { color: var(--bad); }

.scroll { overflow-x: auto; margin: .25rem 0; }
table { border-collapse: collapse; min-width: min(100%, 36rem); font-size: .9rem; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding-bottom: .3rem; }
th, td { text-align: left; padding: .34rem 1.4rem .34rem 0; border-bottom: 1px solid var(--edge); vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; white-space: nowrap; }
tbody th { font-weight: 500; }
th.number, td.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: .2rem; }
.scroll td, .scroll th { min-width: 4.5rem; overflow-wrap: break-word; }
.scroll tbody th { min-width: 7rem; }

.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem 1.5rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; font-size: .93rem; margin-bottom: .25rem; }
figcaption span { color: var(--soft); font-weight: 400; }
.canvas { height: 13.5rem; width: 100%; overflow: hidden; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .3rem 0 0; padding: 0; font-size: .83rem; font-variant-numeric: tabular-nums; }
.legend + .plots { margin-top: .6rem; }
.legend svg { width: .8rem; height: .8rem; vertical-align: -.07rem; margin-right: .35rem; }
.legend output { color: var(--soft); }
.uplot { font-family: inherit; }
.u-select { background: var(--shade); }
.u-cursor-x, .u-cursor-y { border-color: var(--soft) !important; }
.fill-1 { fill: var(--line-1); } .fill-2 { fill: var(--line-2); } .fill-3 { fill: var(--line-3); } .fill-4 { fill: var(--line-4); }
.fill-5 { fill: var(--line-5); } .fill-6 { fill: var(--line-6); } .fill-7 { fill: var(--line-7); } .fill-8 { fill: var(--line-8); }
.fill-shade { fill: var(--shade); } .fill-moment { fill: var(--moment); }
.histogram { height: 9rem; width: 100%; display: block; }
.histogram .bar { fill: var(--bar); } .histogram .mark { stroke: var(--text); stroke-width: 1; stroke-dasharray: 3 3; vector-effect: non-scaling-stroke; }
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .78rem; font-variant-numeric: tabular-nums; border-top: 1px solid var(--edge); padding-top: .15rem; }

.timeline { table-layout: fixed; width: 100%; }
.timeline .names { width: 10.5rem; }
.timeline th { padding: .16rem .6rem .16rem 0; border: 0; font-size: .83rem; }
.timeline td { padding: .16rem 0; border: 0; vertical-align: middle; }
.timeline svg { display: block; width: 100%; height: 1.15rem; background: var(--mute-back); border-radius: 3px; }
.timeline .group th { color: var(--soft); font-weight: 600; padding-top: .55rem; }
.spell { fill: var(--line-1); opacity: .75; } .ended { fill: var(--bad); } .event { fill: var(--text); } .damage { fill: var(--line-2); } .broken { fill: var(--bad); }

details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--link); font-size: .9rem; padding: .15rem 0; }
h3 + details { margin-top: 0; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: .15rem 1.5rem; margin: .3rem 0; }
.pairs > div { display: flex; justify-content: space-between; gap: 1rem; border-bottom: 1px solid var(--edge); padding: .25rem 0; font-size: .9rem; }
.pairs dt { color: var(--soft); } .pairs dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; margin: 0; padding: 0; }
.picture { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }

@media (max-width: 40rem) {
  main, header, footer { padding-left: .9rem; padding-right: .9rem; }
  .card { padding: .95rem; border-radius: 8px; }
  .verdicts > li { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); }
  .tiles .value { font-size: 1.2rem; }
  table { min-width: 100%; }
  th, td { padding-right: .9rem; }
  .timeline .names { width: 6.2rem; }
  .timeline th { font-size: .76rem; }
}
@media print {
  body { background: #fff; font-size: 11pt; }
  .card { border: 0; padding: 0; break-inside: auto; }
  figure, .tiles, .verdicts > li { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  details > summary, figure details, nav, .skip { display: none; }
  .banner, .status, .timeline svg, .problems { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
