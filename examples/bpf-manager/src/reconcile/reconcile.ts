import type { Context } from '../context.js';
import { ManagerError, messageOf } from '../errors.js';
import { findDispatcherDifferences } from './dispatchers.js';
import { type Finding, REPAIR_ORDER } from './finding.js';
import { findLinkDifferences } from './links.js';
import { findPinDifferences } from './pins.js';
import { findProgramDifferences } from './programs.js';
import { type Survey, takeSurvey } from './survey.js';

export interface ReconcileOptions {
  /** Whether to mend what belongs to the manager. @defaultValue false */
  readonly repair?: boolean;
}

export interface ReconcileReport {
  /** Every difference there was, in the order in which they are to be mended. */
  readonly findings: readonly Finding[];
  /** The differences there still are; the same as `findings` without a repair. */
  readonly remaining: readonly Finding[];
  /** Repairs that failed, with the reason. */
  readonly failures: readonly string[];
}

/**
 * Compares the database with the kernel and the file system. What the database says and can still be made true is made
 * true; whatever else there is of this manager goes; what belongs to others is told and left alone.
 * @throws ManagerError INTERNAL when one of the three cannot be read; then nothing is mended
 */
export async function reconcile(context: Context, { repair = false }: ReconcileOptions = {}): Promise<ReconcileReport> {
  const findings = await findDifferences(context);
  let remaining = findings;
  let failures: readonly string[] = [];
  // Mending one thing may show another: what a lost link held is gone once the link is.
  for (let pass = 0; repair && pass < MAX_PASSES && remaining.some((finding) => finding.repair); pass += 1) {
    failures = await mend(remaining);
    remaining = await findDifferences(context);
  }
  return { findings, remaining, failures };
}

const MAX_PASSES = 3;

/** Mends what can be mended, whatever fails, and tells what failed. */
async function mend(findings: readonly Finding[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const finding of findings) {
    try {
      await finding.repair?.();
    } catch (error) {
      failures.push(`${finding.kind}, ${finding.subject}: ${messageOf(error)}`);
    }
  }
  return failures;
}

async function findDifferences(context: Context): Promise<readonly Finding[]> {
  const survey = await read(context);
  const findings = [
    ...findLinkDifferences(context, survey),
    ...findDispatcherDifferences(context, survey),
    ...findProgramDifferences(context, survey),
    ...findPinDifferences(context, survey),
  ];
  return findings.toSorted((a, b) => REPAIR_ORDER.indexOf(a.stage) - REPAIR_ORDER.indexOf(b.stage));
}

async function read(context: Context): Promise<Survey> {
  try {
    return await takeSurvey(context);
  } catch (error) {
    const message = `reconcile: not everything could be listed, so nothing was compared or mended: ${messageOf(error)}`;
    throw new ManagerError('INTERNAL', message, { cause: error });
  }
}
