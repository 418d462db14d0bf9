import { readFileSync } from 'node:fs';
import { KernelError } from '../../core/kernel-error.js';
import { BTF_HEADER_BYTES, BTF_KINDS, BTF_TRAILERS, BTF_TYPE_BYTES } from '../../kernel/linux/btf/kinds.js';

const PATH = '/sys/kernel/btf/vmlinux';

/** The kernel's own BTF. @throws Node's error: ENOENT */
export function readVmlinuxBtf(): Buffer {
  return readFileSync(PATH);
}

/** The id of a function of the kernel in its BTF. @throws KernelError ESRCH when there is none of this name */
export function findKernelFunction(name: string): number {
  const id = findFunction(readVmlinuxBtf(), name);
  if (id !== undefined) return id;
  throw new KernelError('ENOENT', { syscall: 'btf', action: `find the function ${name} in ${PATH}` });
}

/** Walks the types without reading more of them than their kind: the kernel has over a hundred thousand. */
function findFunction(blob: Buffer, name: string): number | undefined {
  const headerBytes = blob.readUInt32LE(4);
  const types = headerBytes + blob.readUInt32LE(8);
  const end = types + blob.readUInt32LE(12);
  const strings = headerBytes + blob.readUInt32LE(16);
  const at = blob.indexOf(`\0${name}\0`, strings, 'latin1');
  if (headerBytes < BTF_HEADER_BYTES || at < 0) return undefined;
  const nameOffset = at + 1 - strings;
  let id = 1;
  for (let offset = types; offset + BTF_TYPE_BYTES <= end; id += 1) {
    const information = blob.readUInt32LE(offset + 4);
    const kind = BTF_KINDS[(information >>> 24) & 0x1f];
    if (kind === undefined) return undefined;
    if (kind === 'FUNC' && blob.readUInt32LE(offset) === nameOffset) return id;
    const [fixedBytes, bytesPerItem] = BTF_TRAILERS[kind];
    const items = bytesPerItem === 0 ? 0 : information & 0xffff;
    offset += BTF_TYPE_BYTES + fixedBytes + bytesPerItem * items;
  }
  return undefined;
}
