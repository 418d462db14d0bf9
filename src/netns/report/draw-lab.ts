import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Lab } from '../lab/create-lab.js';
import type { LedgerData } from '../ledger/ledger-report.js';
import { mergePictures, toLedgerPicture } from '../picture/ledger-picture.js';
import { toMermaid } from '../picture/mermaid.js';
import { hasLists, type PictureState } from '../picture/picture-state.js';
import { toSvg } from '../picture/svg.js';
import { toPictureState } from './live-picture.js';
import { readLab } from './read-lab.js';

/** What a picture of a lab shows beside the lab as it is. */
export interface LabPictureOptions {
  /** The report of a ledger: how many packets came where, and why some did not. */
  readonly ledger?: LedgerData;
  /** More notes, by the names of nodes and links. */
  readonly notes?: PictureState;
}

/** A lab as it is now: links that are down or impaired, addresses, kinds. @throws UsageError */
export function drawMermaid(lab: Lab, options: LabPictureOptions = {}): string {
  return toMermaid(lab.plan, readPicture('Lab.toMermaid', lab, options));
}

/** A lab as it is now, for a file. @throws UsageError */
export function drawSvg(lab: Lab, options: LabPictureOptions = {}): string {
  return toSvg(lab.plan, readPicture('Lab.toSvg', lab, options));
}

function readPicture(subject: string, lab: Lab, options: LabPictureOptions): PictureState {
  checkOptions(subject, options);
  const unknown = findUnknownOptions(options, ['ledger', 'notes']);
  if (unknown.length > 0) throw new UsageError(subject, unknown);
  const { ledger, notes = {} } = options;
  const mistakes = [
    ...(ledger === undefined || isLedger(ledger)
      ? []
      : [`ledger must be a report of a ledger, await ledger.report(); received ${quote(ledger)}`]),
    ...(typeof notes === 'object' && notes !== null
      ? []
      : [`notes must be an object with links or nodes; received ${quote(notes)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  const live = toPictureState(readLab(lab));
  return mergePictures(ledger === undefined ? live : mergePictures(live, toLedgerPicture(lab.plan, ledger)), notes);
}

function isLedger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !hasLists(value, ['hops', 'findings'])) return false;
  const verdict: unknown = Reflect.get(value, 'verdict');
  return typeof verdict === 'object' && verdict !== null;
}
