import type { ActorResult, DisruptionRecord, EventRecord, ScenarioResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { countOf, formatDuration, formatOffset } from '../../text/format.js';
import { sortByName } from '../../text/sort-by-name.js';
import { cutList } from '../table.js';

const WIDTH = 1000;
/** Narrower nothing is seen on a phone. */
const THIN = 3;
const MOST_ROWS = 150;
const MOST_MARKS = 300;
const LABELS = 5;

interface Row {
  readonly name: string;
  readonly kind?: string;
  readonly spells: ActorResult['spells'];
  readonly disruptions: readonly DisruptionRecord[];
  readonly events: readonly EventRecord[];
}

/** When each actor was there, what was done to it and what it told: a row each, all on one axis. */
export function renderTimeline(scenario: ScenarioResult): Markup | undefined {
  const rows = collectRows(scenario);
  if (rows.length === 0) return undefined;
  const { shown, note } = cutList(rows, MOST_ROWS);
  const { durationMs } = scenario;
  const ticks = Array.from({ length: LABELS }, (_, index) =>
    formatDuration(roundTick((durationMs * index) / (LABELS - 1), durationMs)),
  );
  return html`<h3>Timeline</h3>
<ul class="legend"><li>${renderKey('spell')}there</li><li>${renderKey('ended')}ended</li><li>${renderKey('damage')}disrupted</li><li>${renderKey('event')}event</li></ul>
<table class="timeline"><colgroup><col class="names"><col></colgroup><tbody>${shown.map((row, index) => [
    row.kind !== undefined && row.kind !== shown[index - 1]?.kind
      ? html`<tr class="group"><th scope="rowgroup" colspan="2">${row.kind}</th></tr>`
      : undefined,
    html`<tr><th scope="row">${row.name}</th><td>${renderRow(row, durationMs)}</td></tr>\n`,
  ])}</tbody><tfoot><tr aria-hidden="true"><th></th><td><div class="axis">${ticks.map((tick) => html`<span>${tick}</span>`)}</div></td></tr></tfoot></table>${note}`;
}

/** Tenths of a second are enough where there are many of them. */
function roundTick(ms: number, durationMs: number): number {
  return durationMs < 2000 ? Math.round(ms) : Math.round(ms / 100) * 100;
}

function renderKey(kind: string): Markup {
  return html`<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${kind}" width="10" height="10" rx="2"/></svg>`;
}

/** A row for each actor, then one for each other target of a disruption, then one for the events of nobody. */
function collectRows({ actors, disruptions, events }: ScenarioResult): readonly Row[] {
  const names = new Set(actors.map(({ name }) => name));
  const targets = [...new Set(disruptions.map(({ target }) => target))].filter((target) => !names.has(target));
  const kinds = [...new Set(actors.map(({ kind }) => kind))];
  const others = events.filter(({ actor }) => actor === undefined || !names.has(actor));
  return [
    ...kinds
      .flatMap((wanted) => sortByName(actors.filter(({ kind }) => kind === wanted)))
      .map(({ name, kind, spells }) => ({
        name,
        kind,
        spells,
        disruptions: disruptions.filter(({ target }) => target === name),
        events: events.filter(({ actor }) => actor === name),
      })),
    ...targets.map((name) => ({
      name,
      kind: 'disruptions',
      spells: [],
      disruptions: disruptions.filter(({ target }) => target === name),
      events: [],
    })),
    ...(others.length === 0
      ? []
      : [{ name: 'of the run', kind: 'events', spells: [], disruptions: [], events: others }]),
  ];
}

function renderRow({ name, spells, disruptions, events }: Row, durationMs: number): Markup {
  const place = (atMs: number) => Math.min(WIDTH, Math.max(0, (WIDTH * atMs) / Math.max(1, durationMs)));
  const bar = (kind: string, fromMs: number, untilMs: number, y: number, height: number, title: string) => {
    const [from, until] = [place(fromMs), place(untilMs)];
    const x = Math.min(from, WIDTH - THIN);
    return html`<rect class="${kind}" x="${round(x)}" y="${y}" width="${round(Math.max(THIN, until - from))}" height="${height}"><title>${title}</title></rect>`;
  };
  return html`<svg viewBox="0 0 ${WIDTH} 18" preserveAspectRatio="none" role="img" aria-label="${name}: ${describeRow(spells, disruptions, events)}">
${spells.slice(0, MOST_MARKS).map(({ fromMs, untilMs, end }) => {
  const title = `there ${describeSpan(fromMs, untilMs)}${end === undefined ? '' : `: ${end}`}`;
  return [
    bar('spell', fromMs, untilMs ?? durationMs, 3, 9, title),
    untilMs === undefined
      ? undefined
      : bar('ended', untilMs, untilMs, 1, 13, `${formatOffset(untilMs)}: ${end ?? 'ended'}`),
  ];
})}
${disruptions
  .slice(0, MOST_MARKS)
  .map(({ kind, fromMs, untilMs, details, error }) =>
    bar(
      error === undefined ? 'damage' : 'broken',
      fromMs,
      untilMs ?? fromMs,
      12,
      6,
      [`${kind} ${describeSpan(fromMs, untilMs ?? fromMs)}`, details, error]
        .filter((part) => part !== undefined)
        .join(', '),
    ),
  )}
${events
  .slice(0, MOST_MARKS)
  .map(({ atMs, name: what, details }) =>
    bar('event', atMs, atMs, 0, 8, `${formatOffset(atMs)}: ${what}${details === undefined ? '' : `, ${details}`}`),
  )}</svg>`;
}

function describeRow(
  spells: Row['spells'],
  disruptions: readonly DisruptionRecord[],
  events: readonly EventRecord[],
): string {
  const parts = [
    ...spells.slice(0, 10).map(({ fromMs, untilMs, end }) => {
      return `there ${describeSpan(fromMs, untilMs)}${end === undefined ? '' : ` (${end})`}`;
    }),
    ...(spells.length > 10 ? [`and ${spells.length - 10} more spells`] : []),
    ...(disruptions.length === 0 ? [] : [countOf(disruptions.length, 'disruption')]),
    ...(events.length === 0 ? [] : [countOf(events.length, 'event')]),
  ];
  return parts.join('; ') || 'nothing';
}

function describeSpan(fromMs: number, untilMs: number | undefined): string {
  if (untilMs === fromMs) return `at ${formatOffset(fromMs)}`;
  return `${formatOffset(fromMs)} to ${untilMs === undefined ? 'the end' : formatOffset(untilMs)}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
