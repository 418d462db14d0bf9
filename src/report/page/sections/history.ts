import type { DisruptionRecord, EventRecord } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { countOf, formatDuration, formatOffset } from '../../text/format.js';
import { cutList, renderDetails, renderTable } from '../table.js';

const MOST_ROWS = 500;

/** Everything that was damaged, in its order; folded, as the timeline shows it. */
export function renderDisruptions(disruptions: readonly DisruptionRecord[]): Markup | undefined {
  if (disruptions.length === 0) return undefined;
  const columns = [{ name: 'at', isNumber: true }, { name: 'what' }, { name: 'target' }, { name: 'for' }, { name: '' }];
  const { shown, note } = cutList(disruptions, MOST_ROWS);
  const rows = shown.map(({ kind, target, fromMs, untilMs, details, error }) => [
    formatOffset(fromMs),
    kind,
    target,
    untilMs === undefined ? '' : formatDuration(untilMs - fromMs),
    html`${details}${error === undefined ? undefined : html` <span class="is-bad">${error}</span>`}`,
  ]);
  return renderDetails(
    countOf(disruptions.length, 'disruption'),
    html`${renderTable('Disruptions', columns, rows)}${note}`,
  );
}

/** Everything that was told, in its order. */
export function renderEvents(events: readonly EventRecord[]): Markup | undefined {
  if (events.length === 0) return undefined;
  const columns = [{ name: 'at', isNumber: true }, { name: 'event' }, { name: 'of' }, { name: '' }];
  const { shown, note } = cutList(events, MOST_ROWS);
  const rows = shown.map(({ atMs, name, actor, details }) => [formatOffset(atMs), name, actor, details]);
  return renderDetails(countOf(events.length, 'event'), html`${renderTable('Events', columns, rows)}${note}`);
}
