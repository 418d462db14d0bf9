import type { ScenarioPhase, ScenarioProgress } from '../../scenarios/scenario-progress.js';
import { cleanText } from '../markup/escape.js';
import { countOf, formatDuration, formatNumber } from '../text/format.js';

const PHASES: Readonly<Record<ScenarioPhase, string>> = {
  actors: 'starts its actors',
  load: 'load',
  eventually: 'waits for what has to come about',
  verdicts: 'judges',
  teardown: 'takes everything down',
  done: 'done',
};

/** How far a run is, in words on one line. */
export function describeProgress(progress: ScenarioProgress): string {
  const { name, phase, elapsedMs, loadMs, plannedMs, disruptions, problems } = progress;
  const hasLoad = phase !== 'actors' && progress.started > 0;
  const parts = [
    phase === 'load' ? `${formatTime(loadMs)} of ${formatTime(plannedMs)}` : PHASES[phase],
    ...(phase === 'done' ? [formatTime(elapsedMs)] : []),
    ...(hasLoad ? [describeLoad(progress)] : []),
    ...(disruptions.length === 0 ? [] : [disruptions.join(', ')]),
    ...(problems === 0 ? [] : [countOf(problems, 'problem')]),
  ];
  return toLine(`${name}: ${parts.join(' · ')}`);
}

function describeLoad({ phase, succeeded, failed, ratePerSecond }: ScenarioProgress): string {
  const rate = phase === 'load' ? `, ${formatNumber(Math.round(ratePerSecond))}/s` : '';
  return `${formatNumber(succeeded)} done${failed === 0 ? '' : `, ${formatNumber(failed)} failed`}${rate}`;
}

/** Whole seconds: tenths would only flicker. */
function formatTime(ms: number): string {
  return formatDuration(ms < 1000 ? Math.round(ms) : Math.floor(ms / 1000) * 1000);
}

/** Text that stays on its line, whatever it has in it. */
function toLine(text: string): string {
  return cleanText(text).replace(/\s+/gu, ' ');
}

/** A line that ends before the edge of the terminal: one that went on would stay when the next is written over it. */
export function fitLine(line: string, columns: number): string {
  const characters = [...line];
  return characters.length < columns ? line : `${characters.slice(0, Math.max(0, columns - 2)).join('')}…`;
}
