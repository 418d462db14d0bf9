import { RealClock } from '../../core/real-clock.js';
import type { Lab } from '../lab/create-lab.js';
import type { LedgerReport } from '../ledger/ledger-report.js';

/** How long the programs that a ledger asks may take to answer. */
const PATIENCE_MS = 300;

/** What the open ledgers of a lab say now. One that does not answer is left out. */
export async function readLedgers(lab: Lab): Promise<readonly LedgerReport[]> {
  const reports = await Promise.all(
    lab.ledgers.map((ledger) => within(ledger.report({ settleMs: 0 }).catch(() => undefined))),
  );
  return reports.filter((report) => report !== undefined);
}

async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => {};
  const deadline = new Promise<undefined>((resolve) => {
    const timer = new RealClock().setTimer(() => resolve(undefined), PATIENCE_MS);
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    cancel();
  }
}
