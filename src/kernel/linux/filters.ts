import { KernelError } from '../../core/kernel-error.js';
import {
  type BpfFilter,
  decodeBpfFilters,
  encodeAddFilter,
  encodeDeleteFilter,
  encodeListFilters,
} from '../../netns/netlink/filters.js';
import {
  decodeQdiscs,
  encodeCreateClsact,
  encodeDeleteClsact,
  encodeListQdiscs,
  hasClsact,
} from '../../netns/netlink/qdiscs.js';
import type { ClsactSpec, DeviceRef, Filter, FilterRef, FilterSpec, HookRef } from '../attach.js';
import type { LinuxCaller } from './linux-caller.js';
import { withNetlink } from './netlink.js';

/** net/sched/sch_api.c, tc_modify_qdisc @throws KernelError */
export function createClsact(caller: LinuxCaller, spec: ClsactSpec): void {
  const { ifindex, exclusive = true, netns } = spec;
  const inode = caller.identifyNetns(netns);
  const wasThere = caller.runAsHelper(() => readClsact(ifindex), netns);
  caller.run(() => withNetlink((netlink) => netlink.request(encodeCreateClsact({ ifindex, exclusive }))), netns);
  if (!wasThere) caller.machine.plain.touch(spec, inode).clsact = true;
}

/** net/sched/sch_api.c, tc_get_qdisc. Its filters go with it. @throws KernelError */
export function deleteClsact(caller: LinuxCaller, device: DeviceRef): void {
  const { ifindex, netns } = device;
  caller.run(() => withNetlink((netlink) => netlink.request(encodeDeleteClsact({ ifindex }))), netns);
  caller.machine.plain.touch(device, caller.identifyNetns(netns)).clsact = false;
}

/** net/sched/cls_api.c, tc_new_tfilter @throws KernelError */
export function addFilter(caller: LinuxCaller, spec: FilterSpec): Filter {
  const { ifindex, direction, netns, program, priority, handle, exclusive = true } = spec;
  const inode = caller.identifyNetns(netns);
  const action = `add a filter to ${direction} of interface ${ifindex}`;
  const added = caller.run(
    () =>
      caller.borrow(program, 'program', action, (programFd) =>
        withNetlink((netlink) => {
          const place = {
            ...(priority === undefined ? {} : { priority }),
            ...(handle === undefined ? {} : { handle }),
          };
          const echo = netlink.request(encodeAddFilter({ ifindex, direction, programFd, exclusive, ...place }));
          const [filter] = decodeBpfFilters(echo);
          if (filter !== undefined) return filter;
          throw new KernelError('ENOMSG', {
            syscall: 'netlink(RTM_NEWTFILTER)',
            action,
            hint: 'The filter was added, yet the kernel did not say where',
          });
        }),
      ),
    netns,
  );
  caller.machine.plain.touch(spec, inode).programIds.add(added.programId);
  return toFilter(spec, added);
}

/** net/sched/cls_api.c, tc_del_tfilter @throws KernelError */
export function deleteFilter(caller: LinuxCaller, { ifindex, direction, netns, priority, handle }: FilterRef): void {
  const place = { ifindex, direction, priority, ...(handle === undefined ? {} : { handle }) };
  caller.run(() => withNetlink((netlink) => netlink.request(encodeDeleteFilter(place))), netns);
}

/** net/sched/cls_api.c, tc_dump_tfilter @throws KernelError */
export function listFilters(caller: LinuxCaller, hook: HookRef): readonly Filter[] {
  return caller.run(() => readFilters(hook), hook.netns).map((filter) => toFilter(hook, filter));
}

/** The filters of one side of a device in this namespace. @throws KernelError */
export function readFilters({ ifindex, direction }: HookRef): readonly BpfFilter[] {
  return withNetlink((netlink) => decodeBpfFilters(netlink.dump(encodeListFilters({ ifindex, direction }))));
}

/** Whether a device in this namespace has a clsact. @throws KernelError */
export function readClsact(ifindex: number): boolean {
  return withNetlink((netlink) => hasClsact(decodeQdiscs(netlink.dump(encodeListQdiscs()), ifindex), ifindex));
}

function toFilter({ ifindex, direction, netns }: HookRef, { priority, handle, programId }: BpfFilter): Filter {
  return { ifindex, ...(netns === undefined ? {} : { netns }), direction, priority, handle, programId };
}
