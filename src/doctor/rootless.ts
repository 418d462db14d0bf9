import type { Machine } from './machine.js';
import type { Finding, Probe, Status } from './probe.js';
import { findProgram, runProgram } from './programs.js';
import type { TimedFinding } from './run-probes.js';

const TIMEOUT_MS = 10_000;

/**
 * Has the doctor ask in a user namespace what an ordinary user cannot ask outside. What works there is `limited`.
 *
 * @returns what was found, by id; nothing for root, and where there are no user namespaces
 */
export async function askRootless(
  probes: readonly Probe[],
  machine: Machine,
  self: readonly string[],
): Promise<ReadonlyMap<string, TimedFinding>> {
  const { platform, capabilities } = machine;
  const ids = probes.filter(({ rootless }) => rootless === true).map(({ id }) => id);
  const mayAskItself = capabilities.includes('CAP_SYS_ADMIN') && capabilities.includes('CAP_NET_ADMIN');
  const unshare = findProgram(machine, 'unshare');
  if (platform !== 'linux' || mayAskItself || unshare === undefined || ids.length === 0) return new Map();
  const namespaces = ['--user', '--map-root-user', '--net', '--'];
  const question = ['doctor', '--json', '--only', ids.join(',')];
  const { stdout } = await runProgram(machine, [unshare, ...namespaces, ...self, ...question], {
    timeoutMs: TIMEOUT_MS,
  });
  return new Map(
    readChecks(stdout).map(({ id, durationMs, ...finding }) => [id, { ...translate(finding, machine), durationMs }]),
  );
}

/** From the words of root in its namespace to those of the user outside. */
function translate(finding: Finding, { uid }: Machine): Finding {
  const evidence = `as root of a user namespace: ${finding.evidence}`;
  if (finding.status === 'ok') {
    return {
      status: 'limited',
      evidence,
      fix: {
        command: 'npx glovebox run --as rootless -- npx vitest run',
        text: 'run tests in a user namespace, or as root',
      },
    };
  }
  const { fix } = finding;
  if (fix?.command === undefined || uid === 0) return { ...finding, evidence };
  const command = fix.command
    .split(' && ')
    .map((part) => (part.startsWith('sudo ') ? part : `sudo ${part}`))
    .join(' && ');
  return { ...finding, evidence, fix: { ...fix, command } };
}

/** The checks of a report, or none of what is no report: the namespace may have been refused. */
function readChecks(json: string): readonly (TimedFinding & { readonly id: string })[] {
  let report: unknown;
  try {
    report = JSON.parse(json);
  } catch {
    return [];
  }
  if (typeof report !== 'object' || report === null || !('checks' in report) || !Array.isArray(report.checks))
    return [];
  return report.checks.flatMap((check: unknown) => {
    if (typeof check !== 'object' || check === null || !('id' in check) || !('evidence' in check)) return [];
    if (!('status' in check) || !isStatus(check.status)) return [];
    const fix = 'fix' in check ? readFix(check.fix) : undefined;
    const durationMs = 'durationMs' in check ? Number(check.durationMs) : 0;
    const finding = { id: String(check.id), durationMs, status: check.status, evidence: String(check.evidence) };
    return [fix === undefined ? finding : { ...finding, fix }];
  });
}

function readFix(fix: unknown): Finding['fix'] {
  if (typeof fix !== 'object' || fix === null || !('text' in fix)) return undefined;
  return 'command' in fix ? { command: String(fix.command), text: String(fix.text) } : { text: String(fix.text) };
}

function isStatus(value: unknown): value is Status {
  return value === 'ok' || value === 'limited' || value === 'missing';
}
