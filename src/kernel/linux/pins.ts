import type { ObjectKind } from '../backend.js';
import type { LinuxCaller } from './linux-caller.js';

/** Takes away every pin of some objects, and the directories that were made for them. @throws KernelError */
export function removePinsOf(caller: LinuxCaller, kind: ObjectKind, ids: readonly number[]): void {
  const { bpffs } = caller.machine;
  if (ids.length === 0 || !bpffs.mount.isMounted) return;
  const pins = caller.runAsHelper(() => bpffs.list());
  caller.run(() => {
    for (const pin of pins) if (pin.kind === kind && ids.includes(pin.id)) bpffs.unpin(pin.path);
  });
}
