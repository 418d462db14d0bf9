import { CStruct } from '../../../native/c-struct.js';
import type { FileDescriptor } from '../../../native/file-descriptor.js';
import { bpfOpen } from '../bpf-call.js';
import type { LinkRecord } from '../registry.js';

/** A link that was just made, and where it sits. */
export interface NewLink {
  readonly fd: FileDescriptor;
  readonly place: Omit<LinkRecord, 'name' | 'type'>;
}

/** The part of BPF_LINK_CREATE that all kinds of link share: union bpf_attr, link_create. */
export interface LinkRequest {
  readonly programFd: number;
  /** A device's index, or a descriptor. */
  readonly target: number;
  readonly attachType: number;
  readonly flags: number;
}

const ATTRIBUTE_BYTES = 64;

/** BPF_LINK_CREATE without what a kind of link has of its own, which begins at byte 16. */
export function encodeLinkCreate({ programFd, target, attachType, flags }: LinkRequest): CStruct {
  return new CStruct(ATTRIBUTE_BYTES).u32(0, programFd).u32(4, target).u32(8, attachType).u32(12, flags);
}

/** BPF_LINK_CREATE. @throws KernelError */
export function createLink(attributes: CStruct, action: string): FileDescriptor {
  return bpfOpen('LINK_CREATE', attributes, action);
}
