import type { Direction } from 'glovebox/kernel';
import { proceedOnMask, proceedOnNames } from '../dispatcher/proceed-on.js';
import type { AttachTarget } from '../model.js';
import { Problems } from './problems.js';

/** Where to attach as a client describes it. Nothing of it is checked. */
export type TargetRequest =
  | (InterfaceRequest & { readonly type: 'xdp'; readonly proceedOn?: readonly string[] })
  | (InterfaceRequest & {
      readonly type: 'tc';
      readonly direction: string | undefined;
      readonly proceedOn?: readonly string[];
    })
  | (InterfaceRequest & { readonly type: 'tcx'; readonly direction: string | undefined })
  | { readonly type: 'tracepoint'; readonly category: string; readonly name: string }
  | { readonly type: 'kprobe'; readonly functionName: string; readonly offset?: number }
  | { readonly type: 'uprobe'; readonly path: string; readonly offset?: number; readonly pid?: number | undefined }
  | { readonly type: 'tracing' };

export interface InterfaceRequest {
  readonly interfaceName: string;
  readonly netnsPath?: string | undefined;
  /** `undefined` means the default. */
  readonly priority?: number | undefined;
}

const DEFAULT_PRIORITY = 50;
const MAX_PRIORITY = 1000;
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** @throws ManagerError INVALID_ARGUMENT with everything that is wrong */
export function checkTarget(request: TargetRequest | undefined): AttachTarget {
  const problems = new Problems();
  if (!request) return problems.fail('there is no target to attach to');
  const target = check(request, problems);
  problems.throwIfAny();
  return target;
}

function check(request: TargetRequest, problems: Problems): AttachTarget {
  switch (request.type) {
    case 'xdp':
      return { type: 'xdp', ...checkInterface(request, problems), proceedOn: checkProceedOn(request, problems) };
    case 'tc': {
      const place = checkInterface(request, problems);
      const proceedOn = checkProceedOn(request, problems);
      return { type: 'tc', ...place, direction: checkDirection(request.direction, problems), proceedOn };
    }
    case 'tcx': {
      const place = checkInterface(request, problems);
      return { type: 'tcx', ...place, direction: checkDirection(request.direction, problems) };
    }
    case 'tracepoint':
      problems.require(request.category !== '', 'the tracepoint has no category');
      problems.require(request.name !== '', 'the tracepoint has no name');
      return request;
    case 'kprobe':
      problems.require(request.functionName !== '', 'the probe has no function');
      return { ...request, offset: request.offset ?? 0 };
    case 'uprobe':
      problems.require(request.path.startsWith('/'), `the probe's file is not an absolute path: "${request.path}"`);
      return { ...request, offset: request.offset ?? 0, pid: request.pid };
    case 'tracing':
      return request;
  }
}

function checkInterface(request: InterfaceRequest, problems: Problems) {
  const { interfaceName, netnsPath, priority = DEFAULT_PRIORITY } = request;
  problems.require(interfaceName !== '', 'there is no interface to attach to');
  problems.require(
    Number.isInteger(priority) && priority >= 1 && priority <= MAX_PRIORITY,
    `a priority is from 1 to ${MAX_PRIORITY}, not ${priority}`,
  );
  return { interfaceName, netnsPath, priority };
}

function checkDirection(direction: string | undefined, problems: Problems): Direction {
  const known = DIRECTIONS.find((each) => each === direction);
  problems.require(
    known !== undefined,
    direction === undefined
      ? 'there is no direction; it is ingress or egress'
      : `a direction is ingress or egress, not ${direction}`,
  );
  return known ?? 'ingress';
}

function checkProceedOn(
  { type, proceedOn = [] }: { readonly type: 'xdp' | 'tc'; readonly proceedOn?: readonly string[] },
  problems: Problems,
): number {
  const known = proceedOnNames(type);
  for (const name of proceedOn) {
    problems.require(known.includes(name), `"${name}" is no return code of ${type}; those are ${known.join(', ')}`);
  }
  return proceedOnMask(
    type,
    proceedOn.filter((name) => known.includes(name)),
  );
}
