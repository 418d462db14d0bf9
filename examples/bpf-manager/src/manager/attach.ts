import type { AttachSpec } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { deviceRef } from '../dispatcher/hook.js';
import { join } from '../dispatcher/membership.js';
import { ManagerError } from '../errors.js';
import type { AttachTarget, DispatcherKey, DispatcherKind, LinkRecord, Outcome, ProgramRecord } from '../model.js';
import { asOne } from '../rollback.js';
import { findDevice } from './device.js';
import { placeInTcx } from './tcx.js';

export interface AttachOutcome extends Outcome {
  readonly link: LinkRecord;
}

/** Attaches a program, behind a dispatcher or directly. When that fails, the program stays as it was. */
export async function attach(context: Context, programId: number, target: AttachTarget): Promise<AttachOutcome> {
  const program = context.store.program(programId);
  if (!program) throw new ManagerError('NOT_FOUND', `there is no program ${programId}`);
  requireMatch(program, target);
  if (target.type === 'xdp' || target.type === 'tc') return await attachBehindDispatcher(context, program, target);
  return await attachDirectly(context, program, target);
}

async function attachBehindDispatcher(
  context: Context,
  program: ProgramRecord,
  target: Extract<AttachTarget, { type: 'xdp' | 'tc' }>,
): Promise<AttachOutcome> {
  const { store } = context;
  return await asOne(`attach program ${program.id} ("${program.name}")`, async () => {
    const device = await findDevice(context, target.interfaceName, target.netnsPath);
    const kind: DispatcherKind = target.type === 'xdp' ? 'xdp' : `tc-${target.direction}`;
    const key: DispatcherKey = { kind, netns: device.netns, ifindex: device.ifindex };
    const { priority, proceedOn } = target;
    const id = store.nextLinkId();
    const direction = target.type === 'tc' ? target.direction : undefined;
    const { warnings } = await join(context, key, device, {
      id,
      programId: program.id,
      direction,
      priority,
      proceedOn,
    });
    const link = store.link(id);
    if (!link) throw new Error(`link ${id} is not in the database`);
    return { link, warnings };
  });
}

async function attachDirectly(
  context: Context,
  program: ProgramRecord,
  target: Exclude<AttachTarget, { type: 'xdp' | 'tc' }>,
): Promise<AttachOutcome> {
  const { kernel, store } = context;
  return await asOne(`attach program ${program.id} ("${program.name}")`, async (rollback) => {
    const id = store.nextLinkId();
    const { spec, ...facts } = await plan(context, program, target, id);
    const handle = await kernel.attach(spec);
    rollback.add(`detach link ${handle.id}`, async () => {
      await kernel.detach(handle.id).finally(() => handle.close());
    });
    await kernel.pin(handle, facts.pinPath);
    const link: LinkRecord = {
      id,
      programId: program.id,
      kernelId: handle.id,
      slot: undefined,
      detachPending: false,
      ...facts,
    };
    // Added first: a row that is reported as failed may have been written.
    rollback.add(`delete the row of link ${id}`, () => store.deleteLink(id));
    store.saveLink(link);
    await handle.close();
    return { link, warnings: [] };
  });
}

/** What to ask of the kernel, and what to remember of it. */
interface Plan extends Pick<LinkRecord, 'pinPath' | 'device' | 'direction' | 'target' | 'priority'> {
  readonly spec: AttachSpec;
}

async function plan(
  context: Context,
  { id: program, type }: ProgramRecord,
  target: Exclude<AttachTarget, { type: 'xdp' | 'tc' }>,
  linkId: number,
): Promise<Plan> {
  const pinPath = context.paths.link(linkId);
  const nowhere = { pinPath, device: undefined, direction: undefined, priority: undefined };
  switch (target.type) {
    case 'tcx': {
      const { direction, priority } = target;
      const device = await findDevice(context, target.interfaceName, target.netnsPath);
      const position = placeInTcx(context.store, device, direction, priority);
      return {
        spec: { type: 'tcx', program, direction, ...deviceRef(device), ...position },
        pinPath: context.paths.tcxLink(direction, device, program),
        device,
        direction,
        target: undefined,
        priority,
      };
    }
    case 'tracepoint': {
      const { category, name } = target;
      return { ...nowhere, spec: { type: 'tracepoint', program, category, name }, target: `${category}:${name}` };
    }
    case 'kprobe': {
      const { functionName, offset } = target;
      const probe = type === 'kretprobe' ? 'kretprobe' : 'kprobe';
      return { ...nowhere, spec: { type: probe, program, functionName, offset }, target: at(functionName, offset) };
    }
    case 'uprobe': {
      const { path, offset, pid } = target;
      const probe = type === 'uretprobe' ? 'uretprobe' : 'uprobe';
      const spec = { type: probe, program, path, offset, ...(pid === undefined ? {} : { pid }) } as const;
      return { ...nowhere, spec, target: at(path, offset) };
    }
    case 'tracing': {
      const tracing = type === 'fentry' || type === 'fexit' ? type : 'lsm';
      const attachTo = context.store.program(program)?.attachTo;
      return { ...nowhere, spec: { type: tracing, program }, target: attachTo };
    }
  }
}

/** Which programs each target is for. */
const FITTING: Readonly<Record<AttachTarget['type'], readonly string[]>> = {
  xdp: ['xdp'],
  tc: ['tc'],
  tcx: ['tcx'],
  tracepoint: ['tracepoint'],
  kprobe: ['kprobe', 'kretprobe'],
  uprobe: ['uprobe', 'uretprobe'],
  tracing: ['fentry', 'fexit', 'lsm'],
};

function requireMatch(program: ProgramRecord, target: AttachTarget): void {
  if (FITTING[target.type].includes(program.type)) return;
  const message = `program ${program.id} ("${program.name}") is of type ${program.type} and cannot be attached as ${target.type}`;
  throw new ManagerError('INVALID_ARGUMENT', message);
}

function at(place: string, offset: number): string {
  return offset === 0 ? place : `${place}+${offset}`;
}
