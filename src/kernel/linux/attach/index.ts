import type { AttachSpec } from '../../attach.js';
import type { LinuxCaller } from '../linux-caller.js';
import type { NewLink } from './new-link.js';
import { attachProbe, attachTracepoint } from './perf-event.js';
import { attachTcx } from './tcx.js';
import { attachTracing } from './tracing.js';
import { attachXdp } from './xdp.js';

/** Makes a link of the kind that is asked for: a file for each, and a line here. @throws KernelError */
export function openLink(caller: LinuxCaller, spec: AttachSpec, action: string): NewLink {
  switch (spec.type) {
    case 'xdp':
      return attachXdp(caller, spec, action);
    case 'tcx':
      return attachTcx(caller, spec, action);
    case 'tracepoint':
      return attachTracepoint(caller, spec, action);
    case 'kprobe':
    case 'kretprobe':
    case 'uprobe':
    case 'uretprobe':
      return attachProbe(caller, spec, action);
    case 'fentry':
    case 'fexit':
    case 'lsm':
    case 'extension':
      return attachTracing(caller, spec, action);
  }
}
