import type { LoadResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatNumber, formatRatio } from '../../text/format.js';
import { renderTable } from '../table.js';

/** What each load asked for, what came of it, and how it failed. */
export function renderLoad(load: readonly LoadResult[]): Markup | undefined {
  if (load.length === 0) return undefined;
  const columns = [
    { name: 'load' },
    { name: 'shape' },
    ...['planned', 'started', 'succeeded', 'failed', 'unfinished', 'of those ended'].map((name) => ({
      name,
      isNumber: true,
    })),
  ];
  const rows = load.map(({ name, shape, planned, started, succeeded, failed, unfinished }) => [
    name,
    shape,
    ...[planned, started, succeeded, failed, unfinished].map(formatNumber),
    succeeded + failed === 0 ? '–' : formatRatio(succeeded / (succeeded + failed)),
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
