import process from 'node:process';
import { UnsupportedError } from '../core/errors.js';
import { KernelError } from '../core/kernel-error.js';
import { isContainer, planRootless } from './rootless.js';

const ROOTLESS_COMMAND = 'npx glovebox run --as rootless -- npx vitest run';
const DESCRIPTORS = 'The limit is ulimit -n, of open files';
const ROOT_COMMAND = 'npx glovebox run --as root -- npx vitest run';

/**
 * The error for a namespace that could not be made: where rights are missing, an UnsupportedError that says how to have
 * them on this machine, after it was tried; where a limit is reached, the kernel's answer with the limit's name.
 */
export function explainNetnsRefusal(error: unknown): unknown {
  if (!(error instanceof KernelError)) return error;
  if (error.code !== 'EPERM') return explainLimit(error);
  const reason = error.message;
  const rootless = findRootlessObstacle();
  if (rootless === undefined) {
    const asRoot = process.geteuid?.() === 0 ? '' : `, or as root: ${ROOT_COMMAND}`;
    return new UnsupportedError(
      { capability: 'netns', reason, fix: `run your tests rootless: ${ROOTLESS_COMMAND}${asRoot}` },
      { cause: error },
    );
  }
  if (process.geteuid?.() !== 0) {
    return new UnsupportedError(
      {
        capability: 'netns',
        reason: `${reason}; and rootless is none either: ${rootless.message}`,
        fix: `run your tests as root: ${ROOT_COMMAND}`,
      },
      { cause: error },
    );
  }
  const fix = isContainer()
    ? 'start this container with --cap-add SYS_ADMIN --cap-add NET_ADMIN, or with --privileged'
    : 'give CAP_SYS_ADMIN and CAP_NET_ADMIN to what runs the tests';
  return new UnsupportedError({ capability: 'netns', reason, fix }, { cause: error });
}

/** The kernel's answer with the name of the limit that was reached, where it was one. */
export function explainLimit(error: unknown): unknown {
  if (!(error instanceof KernelError)) return error;
  if (error.code === 'ENOSPC')
    return error.withHint('The limit is user.max_net_namespaces: close what is not needed, or raise it');
  if (error.code === 'EMFILE') return error.withHint(`${DESCRIPTORS}: a lab takes two for each host and switch`);
  return error;
}

/** Why a thread failed, with the name of the limit that was reached: Node tells EMFILE in the words of a message alone. */
export function explainThreadFailure(error: unknown): string {
  const isLimit = error instanceof Error && /\bE[MN]FILE\b/.test(error.message);
  return isLimit ? `${String(error)}. ${DESCRIPTORS}: a thread takes about ten` : String(error);
}

function findRootlessObstacle(): UnsupportedError | undefined {
  try {
    planRootless();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error;
    throw error;
  }
}
