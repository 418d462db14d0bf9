import type { LoadResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatDuration, formatNumber, formatRatio } from '../../text/format.js';
import { renderTable } from '../table.js';

/** Figures that not every load has. */
const FURTHER: readonly (readonly [name: string, show: (load: LoadResult) => string | undefined])[] = [
  ['most at once', ({ mostInFlight }) => (mostInFlight === undefined ? undefined : formatNumber(mostInFlight))],
  ['held back', ({ heldBack }) => (heldBack === undefined ? undefined : formatNumber(heldBack))],
  ['latest by', ({ worstLateMs }) => (worstLateMs === undefined ? undefined : formatDuration(worstLateMs))],
];

/** What each load asked for, what came of it, and how it failed. */
export function renderLoad(load: readonly LoadResult[]): Markup | undefined {
  if (load.length === 0) return undefined;
  const further = FURTHER.filter(([, show]) => load.some((each) => show(each) !== undefined));
  const columns = [
    { name: 'load' },
    { name: 'shape' },
    ...[
      'planned',
      'started',
      'succeeded',
      'failed',
      'unfinished',
      'of those ended',
      ...further.map(([name]) => name),
    ].map((name) => ({ name, isNumber: true })),
  ];
  const rows = load.map((each) => [
    each.name,
    each.shape,
    ...[each.planned, each.started, each.succeeded, each.failed, each.unfinished].map(formatNumber),
    each.succeeded + each.failed === 0 ? '–' : formatRatio(each.succeeded / (each.succeeded + each.failed)),
    ...further.map(([, show]) => show(each) ?? ''),
  ]);
  const failures = load.flatMap(({ name, failures }) =>
    failures.map(({ message, count }) => [message, ...(load.length > 1 ? [name] : []), formatNumber(count)]),
  );
  const columnsOfFailures = [
    { name: 'failure' },
    ...(load.length > 1 ? [{ name: 'load' }] : []),
    { name: 'times', isNumber: true },
  ];
  return html`<h3>Load</h3>${renderTable('Load', columns, rows)}
${failures.length === 0 ? undefined : renderTable('Failures of the load', columnsOfFailures, failures)}`;
}
