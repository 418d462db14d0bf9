import { within } from '../../core/within.js';
import type { Lab } from '../lab/create-lab.js';
import type { LedgerReport } from '../ledger/ledger-report.js';

/** How long the programs that a ledger asks may take to answer a question. */
const ANSWER_MS = 250;
/** How long a report may take. */
const PATIENCE_MS = 1000;

/** What the open ledgers of a lab say now. One that does not answer is left out. */
export async function readLedgers(lab: Lab): Promise<readonly LedgerReport[]> {
  const reports = await Promise.all(
    lab.ledgers.map((ledger) =>
      within(
        ledger.report({ settleMs: 0, answerMs: ANSWER_MS }).catch(() => undefined),
        PATIENCE_MS,
      ),
    ),
  );
  return reports.filter((report) => report !== undefined);
}
