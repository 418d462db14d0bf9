import type { ProgramInput, TargetInput } from '../../src/client.js';

/** A program of a type, by the type's name in lower case. */
export function program(name: string, type = 'tracepoint', more: ProgramInput = {}): ProgramInput {
  return { name, type: `PROGRAM_TYPE_${type.toUpperCase()}`, ...more };
}

export const ON_SCHED_SWITCH: TargetInput = { tracepoint: { category: 'sched', name: 'sched_switch' } };
export const ON_SCHED_FORK: TargetInput = { tracepoint: { category: 'sched', name: 'sched_process_fork' } };

export function onXdp(more: NonNullable<TargetInput['xdp']> = {}): TargetInput {
  return { xdp: { interface: 'eth0', ...more } };
}

export function onTc(direction: 'ingress' | 'egress', more: NonNullable<TargetInput['tc']> = {}): TargetInput {
  return { tc: { interface: 'eth0', direction: `DIRECTION_${direction.toUpperCase()}`, ...more } };
}

export function onTcx(direction: 'ingress' | 'egress', more: NonNullable<TargetInput['tcx']> = {}): TargetInput {
  return { tcx: { interface: 'eth0', direction: `DIRECTION_${direction.toUpperCase()}`, ...more } };
}

/** A place in a file where there is code to run. */
const IN_NODE = { path: process.execPath, offset: 0x1000 };

/** Every type that a client may load, with what it needs to be loaded and a place to attach it to. */
export const EVERY_TYPE: readonly {
  readonly type: string;
  readonly definition: ProgramInput;
  readonly target: TargetInput;
}[] = [
  { type: 'xdp', definition: {}, target: onXdp() },
  { type: 'tc', definition: {}, target: onTc('ingress') },
  { type: 'tcx', definition: {}, target: onTcx('egress') },
  { type: 'tracepoint', definition: {}, target: ON_SCHED_SWITCH },
  { type: 'kprobe', definition: {}, target: { kprobe: { function: 'do_unlinkat', offset: 0 } } },
  { type: 'kretprobe', definition: {}, target: { kprobe: { function: 'do_unlinkat' } } },
  { type: 'uprobe', definition: {}, target: { uprobe: IN_NODE } },
  { type: 'uretprobe', definition: {}, target: { uprobe: IN_NODE } },
  { type: 'fentry', definition: { attachTo: 'do_unlinkat' }, target: { tracing: {} } },
  { type: 'fexit', definition: { attachTo: 'do_unlinkat' }, target: { tracing: {} } },
  { type: 'lsm', definition: { attachTo: 'bpf_lsm_file_open' }, target: { tracing: {} } },
];
