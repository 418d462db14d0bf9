import { errnoOf } from '../../core/kernel-error.js';
import {
  findForbiddingSetting,
  readUserNamespaceSettings,
  type UserNamespaceSettings,
} from '../../native/user-namespace.js';
import { asRoot, fixByInstalling } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, type Fix, limited, missing, ok, type Probe } from '../probe.js';
import { describeFailure, findProgram, runProgram } from '../programs.js';
import { explainRefusal } from '../refusal.js';
import { readNetnsName } from './network.js';
import { inPrivateNetwork } from './private-network.js';

const TIMEOUT_MS = 5000;
/** The user "nobody" of every distribution. */
const ORDINARY_USER = 65534;

/** Namespaces, as root and by user namespaces. */
export const NAMESPACES: readonly Probe[] = [
  {
    id: 'network-namespace',
    title: 'network namespaces',
    rung: 'netns',
    group: 'namespaces',
    waits: true,
    run: probeNetworkNamespace,
  },
  {
    id: 'user-namespace',
    title: 'user namespaces without root',
    rung: 'netns',
    group: 'namespaces',
    waits: true,
    run: async (machine) => (await tryRootless(machine)) ?? ok(describeRootless(machine)),
  },
];

async function probeNetworkNamespace(machine: Machine): Promise<Finding> {
  const home = readNetnsName();
  try {
    const start = performance.now();
    const inside = inPrivateNetwork(readNetnsName);
    const durationMs = performance.now() - start;
    const back = readNetnsName();
    if (inside !== home && back === home) {
      return ok(`made ${inside}, entered it and came back to ${home}, in ${durationMs.toFixed(1)} ms`);
    }
    return missing(`from ${home} unshare led to ${inside} and setns back to ${back}`, {
      text: 'this contradicts what Linux promises: please report it',
    });
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') {
      return explainRefusal(machine, error, { what: 'network namespaces', capabilities: ['CAP_SYS_ADMIN'] });
    }
    const refused = explainRefusal(machine, error, { what: 'network namespaces', capabilities: ['CAP_SYS_ADMIN'] });
    if ((await tryRootless(machine)) !== undefined) return refused;
    return limited(`${refused.evidence}; yet "unshare --user --map-root-user --net" works`, {
      command: 'npx glovebox run --as rootless -- npx vitest run',
      text: 'run tests in a user namespace, or as root',
    });
  }
}

function describeRootless({ uid }: Machine): string {
  const who = uid === 0 ? `uid ${ORDINARY_USER}` : `uid ${uid}`;
  return `"unshare --user --map-root-user --net true" works as ${who}`;
}

/** Tries a user namespace as an ordinary user. Answers what is missing, or `undefined` when it works. */
async function tryRootless(machine: Machine): Promise<Finding | undefined> {
  const unshare = findProgram(machine, 'unshare');
  if (unshare === undefined) {
    return missing('nothing was tried: there is no unshare program', fixByInstalling(machine, 'unshare'));
  }
  const result = await runProgram(machine, [unshare, '--user', '--map-root-user', '--net', 'true'], {
    timeoutMs: TIMEOUT_MS,
    ...(machine.uid === 0 ? { user: ORDINARY_USER } : {}),
  });
  if (result.exitCode === 0) return undefined;
  const failure = `"unshare --user --map-root-user --net true" as an ordinary user: ${describeFailure(result)}`;
  const { evidence, fix } = explainUserNamespaces(machine, readUserNamespaceSettings());
  return missing(evidence === '' ? failure : `${failure}; ${evidence}`, fix);
}

/** Why an ordinary user may not make user namespaces, by the settings of the kernel. */
export function explainUserNamespaces(
  machine: Machine,
  settings: UserNamespaceSettings,
): { readonly evidence: string; readonly fix: Fix } {
  const setting = findForbiddingSetting(settings);
  if (setting !== undefined) {
    return {
      evidence: `${setting.name} is ${setting.now}`,
      fix: {
        command: asRoot(machine, `sysctl -w ${setting.name}=${setting.allowing}`),
        text: 'allow user namespaces until the next boot; a file in /etc/sysctl.d keeps it',
      },
    };
  }
  return {
    evidence: '',
    fix: {
      text: machine.isContainer
        ? 'the seccomp profile of this container forbids it: start it with --security-opt seccomp=unconfined, or run tests as root'
        : 'no setting of this kernel says why: a security module or a seccomp filter forbids it; run tests as root',
    },
  };
}
