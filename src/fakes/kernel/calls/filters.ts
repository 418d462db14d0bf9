import type { ClsactSpec, DeviceRef, Filter, FilterRef, FilterSpec, HookRef } from '../../../kernel/attach.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import type { FilterChain, FilterEntry } from '../hooks/filter-chain.js';
import { emit, requireDevice } from './plain-attach.js';

/** `Kernel.createClsact`: net/sched/sch_api.c, tc_modify_qdisc. Without `exclusive`, one that is there is left alone. */
export function createClsact(caller: Caller, spec: ClsactSpec): void {
  const syscall = 'netlink(RTM_NEWQDISC)';
  const action = `create clsact on interface ${spec.ifindex}`;
  requireNetAdmin(caller, syscall, action);
  const hooks = caller.machine.hooks.of(requireDevice(caller, spec, syscall, action));
  if (hooks.clsact && (spec.exclusive ?? true)) refuse('EEXIST', syscall, action, 'Exclusivity flag on, cannot modify');
  hooks.createClsact();
}

/** `Kernel.deleteClsact`: net/sched/sch_api.c, tc_get_qdisc, asked without a handle. Its filters go with it. */
export function deleteClsact(caller: Caller, ref: DeviceRef): void {
  const syscall = 'netlink(RTM_DELQDISC)';
  const action = `delete clsact of interface ${ref.ifindex}`;
  requireNetAdmin(caller, syscall, action);
  const hooks = caller.machine.hooks.find(requireDevice(caller, ref, syscall, action));
  if (hooks === undefined || !hooks.clsact)
    refuse('ENOENT', syscall, action, 'Cannot find specified qdisc on specified device');
  for (const direction of ['ingress', 'egress'] as const) {
    emitGone(caller, { ...ref, direction }, hooks.filters[direction].entries);
  }
  hooks.deleteClsact();
}

/** `Kernel.addFilter`: net/sched/cls_api.c, tc_new_tfilter. @throws KernelError EPERM, ENODEV, EINVAL, EEXIST */
export function addFilter(caller: Caller, spec: FilterSpec): Filter {
  const syscall = 'netlink(RTM_NEWTFILTER)';
  const action = `add a filter to ${spec.direction} of interface ${spec.ifindex}`;
  caller.openIds('program', action, spec.program);
  const chain = requireChain(caller, spec, syscall, action);
  const request = { priority: spec.priority, handle: spec.handle, exclusive: spec.exclusive ?? true };
  const entry = chain.add(() => caller.program(spec.program, syscall, action), request);
  if (caller.machine.events.listenerCount('attach') > 0) emit(caller, 'attach', entry.program, spec, 'filter', 'tc');
  return toFilter(spec, entry);
}

/** `Kernel.deleteFilter`: net/sched/cls_api.c, tc_del_tfilter */
export function deleteFilter(caller: Caller, ref: FilterRef): void {
  const syscall = 'netlink(RTM_DELTFILTER)';
  const chain = requireChain(caller, ref, syscall, `delete a filter of ${ref.direction} of interface ${ref.ifindex}`);
  emitGone(caller, ref, chain.delete(ref.priority, ref.handle));
}

/** `Kernel.filters`: net/sched/cls_api.c, tc_dump_tfilter, which finds nothing where there is no device or no qdisc. */
export function filters(caller: Caller, ref: HookRef): readonly Filter[] {
  const device = caller.device(ref);
  const hooks = device === undefined ? undefined : caller.machine.hooks.find(device);
  return (hooks?.filters[ref.direction].entries ?? []).map((entry) => toFilter(ref, entry));
}

function requireNetAdmin(caller: Caller, syscall: string, action: string): void {
  if (!caller.may.netAdmin) refuse('EPERM', syscall, action, 'Netlink takes CAP_NET_ADMIN');
}

/** The filters of a hook. @throws KernelError EPERM, ENODEV, EINVAL without a clsact */
function requireChain(caller: Caller, ref: HookRef, syscall: string, action: string): FilterChain {
  requireNetAdmin(caller, syscall, action);
  const hooks = caller.machine.hooks.find(requireDevice(caller, ref, syscall, action));
  if (hooks === undefined || !hooks.clsact)
    return refuse('EINVAL', syscall, action, "Parent Qdisc doesn't exists: create a clsact first");
  return hooks.filters[ref.direction];
}

function emitGone(caller: Caller, ref: HookRef, gone: readonly FilterEntry[]): void {
  if (caller.machine.events.listenerCount('detach') === 0) return;
  for (const { program } of gone) emit(caller, 'detach', program, ref, 'filter', 'tc');
}

function toFilter(at: HookRef, { priority, handle, program }: FilterEntry): Filter {
  const { ifindex, direction, netns } = at;
  return { ifindex, ...(netns === undefined ? {} : { netns }), direction, priority, handle, programId: program.id };
}
